/** The request as a whole failed; what a mutation refuses comes as data, in `userErrors`. */
export declare class ApiError extends Error {
    readonly code: string;
    readonly retryAfterS: number;
    /** Whether the same request may succeed later. */
    readonly retryable: boolean;
    constructor(code: string, message?: string, retryAfterS?: number, retryable?: boolean);
}
export interface GraphQLFailure {
    readonly message: string;
    readonly extensions?: {
        readonly code?: unknown;
        readonly retryable?: unknown;
        readonly retryAfterSeconds?: unknown;
    };
}
export declare function failureOf(errors: readonly GraphQLFailure[], retryAfterS?: number): ApiError;
