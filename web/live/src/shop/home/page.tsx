import { useClient } from "../../api/use-client.ts";
import { useMembership } from "../../member/gate.tsx";
import { price } from "../../numbers.ts";
import { useLoad } from "../../parts/load.tsx";
import { Picture } from "../../parts/picture.tsx";
import { Price } from "../../parts/price.tsx";
import { HOME as HOME_DOCUMENT } from "../api/documents.ts";
import type { CouponTemplate, GroupBuy, Money, ProductCard, Seckill, VariantCard } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { Link } from "../navigation.tsx";
import { Countdown } from "../parts/countdown.tsx";
import { CouponToTake } from "../parts/coupon.tsx";
import { Shown } from "../parts/load.tsx";

interface Category {
  id: string;
  name: string;
  children: { id: string }[];
}

type Flash = Seckill & { variant: (VariantCard & { price: Money }) | null; product: { slug: string; name: string } | null };
type Together = GroupBuy & {
  product: { slug: string; name: string; media: { url: string }[]; priceRange: { minimum: Money } } | null;
};

interface Home {
  categories: Category[];
  seckills: { nodes: Flash[] };
  groupBuys: { nodes: Together[] };
  couponsToTake: CouponTemplate[];
  products: { nodes: ProductCard[] };
}

/** What the shop sells: plays and coupons first, then the products of a category. */
export function HomePage({ categoryId }: { categoryId: string | null }) {
  const client = useClient();
  const { me } = useMembership();
  const home = useLoad(() => client.request<Home>(HOME_DOCUMENT, { where: whereOf(categoryId) }), [categoryId, me?.id]);
  return (
    <Shown of={home}>
      {({ categories, seckills, groupBuys, couponsToTake, products }) => (
        <>
          <Categories categories={categories} chosen={categoryId} />
          {categoryId === null && (
            <>
              <Coupons templates={couponsToTake} />
              <Plays seckills={seckills.nodes} groupBuys={groupBuys.nodes} onTurn={home.reload} />
            </>
          )}
          <ul class="cards">
            {products.nodes.map((product) => (
              <Card key={product.id} product={product} />
            ))}
          </ul>
        </>
      )}
    </Shown>
  );
}

/** Products stand in the leaves of the tree of categories; the shop takes a parent for all below it. */
function whereOf(categoryId: string | null): object | null {
  return categoryId === null ? null : { categoryId: { eq: categoryId } };
}

function Categories({ categories, chosen }: { categories: Category[]; chosen: string | null }) {
  const words = useWords();
  return (
    <nav class="categories" aria-label={words.all}>
      <Link to={{ at: "home", categoryId: null }} class={chosen === null ? "chosen" : ""}>
        {words.all}
      </Link>
      {categories.map(({ id, name }) => (
        <Link key={id} to={{ at: "home", categoryId: id }} class={chosen === id ? "chosen" : ""}>
          {name}
        </Link>
      ))}
    </nav>
  );
}

function Coupons({ templates }: { templates: CouponTemplate[] }) {
  const words = useWords();
  if (!templates.length) return null;
  return (
    <section class="tickets" aria-label={words.couponsToTake}>
      {templates.map((template) => (
        <CouponToTake key={template.id} template={template} />
      ))}
    </section>
  );
}

function Plays({ seckills, groupBuys, onTurn }: { seckills: Flash[]; groupBuys: Together[]; onTurn(): Promise<void> }) {
  const words = useWords();
  if (!seckills.length && !groupBuys.length) return null;
  return (
    <div class="plays">
      {seckills.map(({ id, price: cost, startsAt, endsAt, remaining, variant, product }) =>
        product && variant ? (
          <Link key={id} to={{ at: "product", slug: product.slug }} class="play flash">
            <Picture name={product.name} url={variant.pictureUrl} />
            <span class="play-text">
              <em>{words.flash}</em>
              <strong>{product.name}</strong>
              <Countdown startsAt={startsAt} endsAt={endsAt} onTurn={() => void onTurn()} />
              <span class="play-price">
                <Price {...cost} />
                <s>{price(variant.price.minor, variant.price.currency)}</s>
                <small>{words.flashLeft(remaining)}</small>
              </span>
            </span>
          </Link>
        ) : null,
      )}
      {groupBuys.map(({ id, size, prices, product }) =>
        product ? (
          <Link key={id} to={{ at: "product", slug: product.slug }} class="play">
            <Picture name={product.name} url={product.media[0]?.url ?? null} />
            <span class="play-text">
              <em>
                {words.together} · {words.sizeOf(size)}
              </em>
              <strong>{product.name}</strong>
              <span class="play-price">
                <Price {...lowest(prices.map((one) => one.price))} />
                <s>{price(product.priceRange.minimum.minor, product.priceRange.minimum.currency)}</s>
              </span>
            </span>
          </Link>
        ) : null,
      )}
    </div>
  );
}

function Card({ product: { slug, name, brief, media, priceRange, promotions } }: { product: ProductCard }) {
  const words = useWords();
  const { minimum, maximum } = priceRange;
  return (
    <li>
      <Link to={{ at: "product", slug }} class="card">
        <span class="card-picture">
          <Picture name={name} url={media[0]?.url ?? null} />
        </span>
        <strong>{name}</strong>
        <small class="muted">{brief}</small>
        <span class="card-foot">
          <span>
            <Price {...minimum} />
            {maximum.minor > minimum.minor && <small class="muted"> {words.from}</small>}
          </span>
          {promotions[0] && <em class="tag">{promotions[0].name}</em>}
        </span>
      </Link>
    </li>
  );
}

function lowest(prices: readonly Money[]): Money {
  return prices.reduce((least, one) => (one.minor < least.minor ? one : least));
}
