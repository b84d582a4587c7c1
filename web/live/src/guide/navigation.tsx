import { type ComponentChildren, createContext } from "preact";
import { useContext } from "preact/hooks";
import { addressOf, type View } from "./address.ts";

export type Go = (view: View) => void;

export const GoContext = createContext<Go>(() => {});

export function useGo(): Go {
  return useContext(GoContext);
}

interface Props {
  to: View;
  class?: string;
  current?: boolean;
  children: ComponentChildren;
}

/** A real link, so that it opens in a new tab as well; otherwise the page changes in place. */
export function Link({ to, current = false, children, ...rest }: Props) {
  const go = useGo();
  return (
    <a
      {...rest}
      aria-current={current ? "page" : undefined}
      href={addressOf(to)}
      onClick={(click) => {
        if (click.metaKey || click.ctrlKey || click.shiftKey || click.button !== 0) return;
        click.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
