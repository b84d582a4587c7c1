import type { Product, Variant } from "../api/types.ts";

interface Props {
  product: Product;
  chosen: Variant;
  onChoose(variantId: string): void;
}

/** One group of radio buttons for each option. What no variant has with the other choices leads to the nearest that is there. */
export function Options({ product, chosen, onChoose }: Props) {
  const choose = (place: number, value: string) => {
    const wanted = chosen.optionValues.map((one, i) => (i === place ? value : one));
    const likeness = ({ optionValues }: Variant) => optionValues.filter((one, i) => one === wanted[i]).length;
    const having = product.variants.filter(({ optionValues }) => optionValues[place] === value);
    const [nearest] = having.sort((one, other) => likeness(other) - likeness(one));
    if (nearest) onChoose(nearest.id);
  };
  return (
    <>
      {product.options.map(({ name, values }, place) => (
        <fieldset key={name} class="option">
          <legend>{name}</legend>
          {values.map((value) => (
            <label key={value}>
              <input type="radio" name={name} checked={chosen.optionValues[place] === value} onChange={() => choose(place, value)} />
              <span>{value}</span>
            </label>
          ))}
        </fieldset>
      ))}
    </>
  );
}
