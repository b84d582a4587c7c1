/** graphql-ws uses `finally`, which is newer than ES2017 and missing in old versions of WeChat. */
if (!Promise.prototype.finally) {
  Promise.prototype.finally = function <T>(this: Promise<T>, call?: (() => void) | null): Promise<T> {
    const after = () => Promise.resolve(call && call());
    return this.then(
      (value) => after().then(() => value),
      (error) =>
        after().then(() => {
          throw error;
        }),
    );
  };
}
export {};
