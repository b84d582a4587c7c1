const AMOUNT = /^(\d{1,9})(?:\.(\d{1,2}))?$/;

/** What somebody typed, as fen; null for anything but yuan with at most two decimals. Text never becomes a float. */
export function fenOf(text: string): number | null {
  const found = AMOUNT.exec(text.trim());
  return found && Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
}

/** Fen as one would type them: 1230 is 12.30. */
export function typed(fen: number): string {
  return `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;
}

/** 800 basis points as 8, 825 as 8.25 %. */
export function percent(bp: number): string {
  return String(bp / 100);
}
