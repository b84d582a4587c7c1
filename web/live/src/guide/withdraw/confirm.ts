import type { Confirmation } from "../api/types.ts";

/** The browser within WeChat. */
declare const WeixinJSBridge:
  | { invoke(name: string, given: object, answer: (told: { err_msg: string }) => void): void }
  | undefined;

/** Where the demo's stand-in for WeChat Pay takes a person's yes. */
const STAND_IN = "/standins/wechat-pay/transfers/confirm";

/**
 * Let the guide say yes to a transfer: in WeChat's own sheet, or to the stand-in of a demo. False where there is neither, and
 * when the guide does not. Whether the money arrived is only known from the shop.
 */
export async function confirmInWechat(confirmation: Confirmation): Promise<boolean> {
  if (typeof WeixinJSBridge !== "undefined") return inWechat(confirmation);
  const search = new URLSearchParams({ package: confirmation.package });
  const answer = await fetch(`${STAND_IN}?${search}`, { method: "POST" }).catch(() => null);
  return answer?.ok ?? false;
}

function inWechat({ appId, merchantId, package: what }: Confirmation): Promise<boolean> {
  return new Promise((resolve) => {
    WeixinJSBridge!.invoke("requestMerchantTransfer", { mchId: merchantId, appId, package: what }, ({ err_msg }) =>
      resolve(err_msg === "requestMerchantTransfer:ok"),
    );
  });
}
