export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Wait until something holds; fails with its text when it does not within 5 s. */
export async function until(holds, withinMs = 5_000) {
  for (const end = Date.now() + withinMs; !(await holds()); await sleep(3)) {
    if (Date.now() > end) throw new Error(`never came true: ${holds}`);
  }
}
