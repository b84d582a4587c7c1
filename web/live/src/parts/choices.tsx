import type { ComponentChildren } from "preact";

interface ChoicesProps<T extends string> {
  label: string;
  values: readonly T[];
  chosen: T;
  onChoose(value: T): void;
  children: (value: T) => ComponentChildren;
}

/** One of a few, beside a field that keeps the focus. */
export function Choices<T extends string>({ label, values, chosen, onChoose, children }: ChoicesProps<T>) {
  return (
    <span class="choices" role="radiogroup" aria-label={label}>
      {values.map((value) => (
        <button
          key={value}
          type="button"
          role="radio"
          aria-checked={value === chosen}
          aria-label={value}
          onMouseDown={(press) => press.preventDefault()}
          onClick={() => onChoose(value)}
        >
          {children(value)}
        </button>
      ))}
    </span>
  );
}
