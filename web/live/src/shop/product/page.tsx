import { useState } from "preact/hooks";
import type { Client } from "../../api/client.ts";
import { useClient } from "../../api/use-client.ts";
import { useMembership } from "../../member/gate.tsx";
import { price } from "../../numbers.ts";
import { useAttempt } from "../../parts/attempt.ts";
import { useLoad } from "../../parts/load.tsx";
import { Picture } from "../../parts/picture.tsx";
import { Price } from "../../parts/price.tsx";
import { Notice } from "../../parts/sheet.tsx";
import { Stepper } from "../../parts/stepper.tsx";
import { refusalText } from "../../refusals.ts";
import { COUPONS_TO_TAKE, PRODUCT } from "../api/documents.ts";
import type { CouponTemplate, Product, Variant } from "../api/types.ts";
import { useCart } from "../cart/cart.tsx";
import { useWords } from "../locale.ts";
import { useGo } from "../navigation.tsx";
import { CouponToTake } from "../parts/coupon.tsx";
import { Shown } from "../parts/load.tsx";
import { Options } from "./options.tsx";
import { FlashSale, TogetherSale } from "./plays.tsx";
import { Promotions } from "./promotions.tsx";
import { Reviews } from "./reviews.tsx";

const FEW = 20;
const MOST = 999;

export function ProductPage({ slug }: { slug: string }) {
  const client = useClient();
  const { me } = useMembership();
  const sold = useLoad(() => load(client, slug), [slug, me?.id]);
  return <Shown of={sold}>{(found) => <Whole {...found} onTurn={() => void sold.reload()} />}</Shown>;
}

interface Sold {
  product: Product;
  coupons: CouponTemplate[];
}

/** Both at once, so that nothing moves under a finger when the coupons come. */
async function load(client: Client, slug: string): Promise<Sold | null> {
  const { product } = await client.request<{ product: Product | null }>(PRODUCT, { slug });
  if (!product) return null;
  const { couponsToTake } = await client.request<{ couponsToTake: CouponTemplate[] }>(COUPONS_TO_TAKE, { productId: product.id });
  return { product, coupons: couponsToTake };
}

function Whole({ product, coupons, onTurn }: Sold & { onTurn(): void }) {
  const [chosenId, setChosenId] = useState(() => (product.variants.find(({ available }) => available > 0) ?? product.variants[0])?.id);
  const variant = product.variants.find(({ id }) => id === chosenId) ?? product.variants[0];
  if (!variant) return null;
  return (
    <>
      <article class="columns even">
        <Pictures product={product} variant={variant} />
        <section class="offer">
          <Head product={product} variant={variant} />
          {product.seckills
            .filter((one) => one.variant?.id === variant.id)
            .slice(0, 1)
            .map((one) => (
              <FlashSale key={one.id} seckill={one} variant={variant} onTurn={onTurn} />
            ))}
          {product.groupBuy && <TogetherSale groupBuy={product.groupBuy} variant={variant} onTurn={onTurn} />}
          <Promotions notices={variant.promotions} />
          <Coupons templates={coupons} />
          <Options product={product} chosen={variant} onChoose={setChosenId} />
          <Buy key={variant.id} variant={variant} />
        </section>
      </article>
      <Reviews rating={product.rating} reviews={product.reviews.nodes} />
      <Details html={product.detailHtml} />
    </>
  );
}

function Pictures({ product, variant }: { product: Product; variant: Variant }) {
  const [shown, setShown] = useState<string | null>(null);
  const urls = [...new Set([...(variant.pictureUrl ? [variant.pictureUrl] : []), ...product.pictures.map(({ url }) => url)])];
  const current = shown ?? variant.pictureUrl ?? urls[0] ?? null;
  return (
    <div class="pictures">
      <span class="picture-large">
        <Picture key={current} name={product.name} url={current} />
      </span>
      {urls.length > 1 && (
        <ul>
          {urls.map((url, place) => (
            <li key={url}>
              <button aria-label={`${product.name} ${place + 1}`} aria-pressed={url === current} onClick={() => setShown(url)}>
                <Picture name={product.name} url={url} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Head({ product, variant }: { product: Product; variant: Variant }) {
  const words = useWords();
  const { memberPrice, listPrice } = variant;
  return (
    <header>
      <h1>{product.name}</h1>
      <p class="muted">{product.brief}</p>
      <p class="offer-price">
        <Price {...variant.price} />
        {listPrice && listPrice.minor > variant.price.minor && <s>{price(listPrice.minor, listPrice.currency)}</s>}
        {memberPrice && memberPrice.minor < variant.price.minor && (
          <em class="tag">{words.memberPrice(price(memberPrice.minor, memberPrice.currency))}</em>
        )}
      </p>
    </header>
  );
}

function Coupons({ templates }: { templates: readonly CouponTemplate[] }) {
  const words = useWords();
  if (!templates.length) return null;
  return (
    <section class="tickets" aria-label={words.couponsToTake}>
      {templates.map((template) => (
        <CouponToTake key={template.id} template={template} />
      ))}
    </section>
  );
}

function Buy({ variant }: { variant: Variant }) {
  const words = useWords();
  const go = useGo();
  const cart = useCart();
  const [quantity, setQuantity] = useState(1);
  const { busy, notice, run } = useAttempt();
  const most = Math.min(MOST, variant.available);

  const add = () =>
    run(async () => {
      const refusal = await cart.add(variant.id, quantity);
      return refusal ? refusalText(refusal, words) : words.added;
    });

  return (
    <>
      <div class="row">
        <span>
          {words.quantity}
          <small class="muted">
            {most === 0 ? words.soldOut : variant.available <= FEW ? words.few(variant.available) : words.available(variant.available)}
          </small>
        </span>
        <Stepper value={quantity} most={Math.max(1, most)} onChange={setQuantity} />
      </div>
      <Notice text={notice} />
      <div class="buy-bar">
        <button class="secondary" disabled={busy || most === 0} onClick={() => void add()}>
          {words.addToCart}
        </button>
        <button
          class="primary"
          disabled={most === 0}
          onClick={() => go({ at: "checkout", basket: { of: "product", variantId: variant.id, quantity, play: null } })}
        >
          {most === 0 ? words.soldOut : words.buyNow}
        </button>
      </div>
    </>
  );
}

/** The shop sanitises it: no scripts, styles or forms. */
function Details({ html }: { html: string }) {
  const words = useWords();
  if (!html) return null;
  return (
    <section class="panel details">
      <h2>{words.details}</h2>
      <div dangerouslySetInnerHTML={{ __html: html }} />
    </section>
  );
}
