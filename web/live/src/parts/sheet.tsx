import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useWords } from "../locale.ts";

interface Props {
  title: string;
  onClose(): void;
  children: ComponentChildren;
  look?: "paper" | "dark" | "red";
}

/** A sheet that rises from the bottom. `dialog` brings the focus trap, Esc and the inert page behind. */
export function Sheet({ title, onClose, children, look = "paper" }: Props) {
  const words = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);

  return (
    <dialog
      ref={dialog}
      class={`sheet ${look}`}
      aria-label={title}
      autofocus
      onCancel={(cancel) => {
        cancel.preventDefault();
        onClose();
      }}
      onClick={(click) => click.target === dialog.current && onClose()}
    >
      <div class="sheet-body">
        <header>
          <h2>{title}</h2>
          <button class="icon-button" aria-label={words.close} onClick={onClose}>
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d="M6 6l12 12M18 6L6 18" />
            </svg>
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** Keeps its line even when empty, so that nothing jumps when a message appears. */
export function Notice({ text }: { text: string }) {
  return (
    <p class="notice" role="status">
      {text}
    </p>
  );
}
