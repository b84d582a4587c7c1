/** The first and the last day of a month such as 2026-11. */
export function daysOf(month: string): { firstDay: string; lastDay: string } {
  const [year, number] = month.split("-").map(Number) as [number, number];
  const last = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return { firstDay: `${month}-01`, lastDay: `${month}-${last}` };
}

/** So many months, the one in which `now` is first, as 2026-11. */
export function monthsBefore(now: Date, many: number): string[] {
  return Array.from({ length: many }, (_, before) => {
    const month = new Date(now.getFullYear(), now.getMonth() - before, 1);
    return `${month.getFullYear()}-${String(month.getMonth() + 1).padStart(2, "0")}`;
  });
}
