import type { Tokens } from "./types.ts";

const KEY = "yutang.live.session";

/** Who is watching, and by whose share: a visitor, or a member with tokens that live as long as the tab. */
export class Session {
  readonly shareCode: string | null;
  #tokens: Tokens | null = stored();
  readonly #listeners = new Set<() => void>();

  constructor(shareCode: string | null) {
    this.shareCode = shareCode;
  }

  get accessToken(): string | null {
    return this.#tokens?.accessToken ?? null;
  }

  get refreshToken(): string | null {
    return this.#tokens?.refreshToken || null;
  }

  begin(tokens: Tokens): void {
    this.#replace(tokens);
  }

  end(): void {
    this.#replace(null);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #replace(tokens: Tokens | null): void {
    this.#tokens = tokens;
    keep(tokens);
    for (const listener of this.#listeners) listener();
  }
}

function stored(): Tokens | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Tokens | null;
  } catch {
    return null;
  }
}

function keep(tokens: Tokens | null): void {
  try {
    if (tokens) sessionStorage.setItem(KEY, JSON.stringify(tokens));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage is closed to us (private mode): the session then lives as long as the page.
  }
}
