import type { ComponentChildren } from "preact";
import { type Loaded, Shown as SharedShown } from "../../parts/load.tsx";
import { HOME } from "../address.ts";
import { useWords } from "../locale.ts";
import { Link } from "../navigation.tsx";

interface Props<T> {
  of: Loaded<T>;
  children: (value: T) => ComponentChildren;
}

/** The thing itself, or why it is not there, with the way back to the shop where it is gone. */
export function Shown<T>({ of, children }: Props<T>) {
  const words = useWords();
  const gone = (
    <>
      {words.gone}
      <Link to={HOME} class="quiet">
        {words.toShop}
      </Link>
    </>
  );
  return (
    <SharedShown of={of} gone={gone}>
      {children}
    </SharedShown>
  );
}
