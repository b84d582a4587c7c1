import { useWords } from "../locale.ts";

interface Props {
  value: number;
  most: number;
  onChange(value: number): void;
}

export function Stepper({ value, most, onChange }: Props) {
  const words = useWords();
  return (
    <span class="stepper" role="group" aria-label={words.quantity}>
      <button aria-label={words.less} disabled={value <= 1} type="button" onClick={() => onChange(value - 1)}>
        −
      </button>
      <output>{value}</output>
      <button aria-label={words.more} disabled={value >= most} type="button" onClick={() => onChange(value + 1)}>
        +
      </button>
    </span>
  );
}
