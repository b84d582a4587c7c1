/** Where what is shared is found, beside this page. */

export function productPage(slug: string): string {
  return `/shop/?${new URLSearchParams({ product: slug })}`;
}

export function postPage(id: string): string {
  return `/shop/?${new URLSearchParams({ post: id })}`;
}

export function roomPage(id: string): string {
  return `/live/?${new URLSearchParams({ room: id })}`;
}

/** The address that one passes on: it says by whom others came. `here` is this page's, of which the others are siblings. */
export function linkOf(path: string, code: string, here = location.href): string {
  const link = new URL(`..${path}`, here);
  link.hash = "";
  link.searchParams.set("share", code);
  return link.href;
}
