import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { chosenWords, type Words as SharedWords } from "../locale.ts";
import { en } from "./words/en.ts";
import { type GuideWords, zh } from "./words/zh.ts";

/** The words of all pages; where the guide's has its own, those. */
export type Words = Omit<SharedWords, keyof GuideWords> & GuideWords;

export function guideWords(search: string, browserLanguage: string): Words {
  const shared = chosenWords(search, browserLanguage);
  return { ...shared, ...(shared.lang === "en" ? en : zh) };
}

export const WordsContext = createContext<Words>(null!);

export function useWords(): Words {
  return useContext(WordsContext);
}
