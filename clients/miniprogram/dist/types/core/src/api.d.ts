/** An answer whatever its status: a mini-program hands 401, 429 and 503 to `success` like 200. */
export interface HttpAnswer {
    status: number;
    retryAfter: string | null;
    body: string;
}
/** Sends a POST. Rejects when no answer came. */
export type Post = (url: string, body: string, headers: Record<string, string>) => Promise<HttpAnswer>;
export interface Credentials {
    /** The access token to use now; null for a visitor. */
    token(): string | null;
    /** Get another one, as the present one is no longer taken; true when `token()` says a new one. Rejects when that could not be found out. */
    renew?(): Promise<boolean>;
}
/** Sends operations over HTTP, renewing a token that has expired once. */
export declare class Api {
    readonly credentials: Credentials;
    readonly url: string;
    private readonly post;
    private readonly language;
    private renewing;
    constructor(url: string, post: Post, credentials: Credentials, language: string);
    /**
     * The data of a query or mutation.
     *
     * Throws: `ApiError`; code OFFLINE when no answer came, UNAVAILABLE when it was none of the shop's.
     */
    request<T>(query: string, variables?: object): Promise<T>;
    /** Renew the token once for all who find it expired at the same time. */
    renew(): Promise<boolean>;
    /** The data of an operation as the holder of this token. Throws as `request`, but renews nothing. */
    send<T>(query: string, variables: object, token?: string | null): Promise<T>;
    headers(token?: string | null): Record<string, string>;
    private answer;
}
/** The data of an answer. Throws `ApiError` for anything else. */
export declare function dataOf<T>({ status, retryAfter, body }: HttpAnswer): T;
