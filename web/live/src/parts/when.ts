/** A moment as people say it: month, day and time. */
export function when(at: string, lang: string): string {
  return new Date(at).toLocaleString(lang, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });
}

export function day(at: string, lang: string): string {
  return new Date(at).toLocaleDateString(lang, { year: "numeric", month: "numeric", day: "numeric" });
}
