/** What every platform has beyond the language itself. The core may use nothing else. */
declare function setTimeout(call: () => void, ms: number): number;
declare function clearTimeout(timer: number | undefined): void;
