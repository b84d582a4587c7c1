import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { en } from "./words/en.ts";
import { type Words, zh } from "./words/zh.ts";

export type { Words };

/** Chinese unless the address or the browser asks for English. */
export function chosenWords(search: string, browserLanguage: string): Words {
  const asked = new URLSearchParams(search).get("lang") ?? browserLanguage;
  return asked.toLowerCase().startsWith("en") ? en : zh;
}

export const WordsContext = createContext<Words>(zh);

export function useWords(): Words {
  return useContext(WordsContext);
}
