import { ApiError } from "yutang-web";
import type { Client } from "../../api/client.ts";

/** Keep what is at an address of the page's own, such as a picture that it drew. */
export function save(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

/** Keep a file of the shop's. The shop wants to know who asks, which a plain link cannot say. Returns "" when it is done. */
export async function download(client: Client, path: string, name: string): Promise<string> {
  const headers = { authorization: `Bearer ${client.session.accessToken}`, "accept-language": document.documentElement.lang };
  const response = await fetch(path, { headers }).catch(() => null);
  if (!response) throw new ApiError("OFFLINE", "");
  if (response.status === 401) throw new ApiError("UNAUTHENTICATED", "");
  if (!response.ok) throw new ApiError("UNAVAILABLE", "");
  const address = URL.createObjectURL(await response.blob());
  save(address, name);
  URL.revokeObjectURL(address);
  return "";
}
