/** What this device remembers. Where storage is closed to us (private mode) it remembers nothing. */

const PREFIX = "yutang.live.";

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // Then it is forgotten with the page.
  }
}
