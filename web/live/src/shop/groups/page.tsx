import { useState } from "preact/hooks";
import { useClient } from "../../api/use-client.ts";
import { useMembership } from "../../member/gate.tsx";
import { ownShare, pass } from "../../member/share.ts";
import { price } from "../../numbers.ts";
import { useAttempt } from "../../parts/attempt.ts";
import { useEvery, useLoad } from "../../parts/load.tsx";
import { Picture } from "../../parts/picture.tsx";
import { Price } from "../../parts/price.tsx";
import { Notice } from "../../parts/sheet.tsx";
import { refusalText } from "../../refusals.ts";
import { addressOf } from "../address.ts";
import { GROUP } from "../api/documents.ts";
import type { Group, GroupBuy, Money } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { Link, useGo } from "../navigation.tsx";
import { Countdown } from "../parts/countdown.tsx";
import { Faces } from "../parts/faces.tsx";
import { Shown } from "../parts/load.tsx";

const REFRESH_MS = 5_000;

interface Sold {
  id: string;
  slug: string;
  name: string;
  brief: string;
  media: { url: string; alt: string }[];
  variants: { id: string; name: string; price: Money; available: number }[];
}

type WholeGroup = Group & { groupBuy: GroupBuy & { product: Sold | null } };

/** The page that is passed on: who is in the group, how many it lacks, and how to join. */
export function GroupPage({ groupId }: { groupId: string }) {
  const client = useClient();
  const group = useLoad(
    async () => (await client.request<{ buyingGroup: WholeGroup | null }>(GROUP, { id: groupId })).buyingGroup,
    [groupId],
  );
  useEvery(REFRESH_MS, group.value?.state === "FORMING", () => void group.reload());
  return <Shown of={group}>{(found) => <Whole group={found} onTurn={() => void group.reload()} />}</Shown>;
}

function Whole({ group, onTurn }: { group: WholeGroup; onTurn(): void }) {
  const words = useWords();
  const { groupBuy } = group;
  const { product } = groupBuy;
  const taken = group.size - group.seatsLeft;
  return (
    <section class="panel team" data-state={group.state}>
      {product && (
        <Link to={{ at: "product", slug: product.slug }} class="team-product">
          <span class="thumb large">
            <Picture name={product.name} url={product.media[0]?.url ?? null} />
          </span>
          <span>
            <strong>{product.name}</strong>
            <small class="muted block">{product.brief}</small>
            <em class="tag">{words.sizeOf(group.size)}</em>
          </span>
        </Link>
      )}
      <h1>{words.groupState[group.state]}</h1>
      {group.state === "FORMING" && (
        <p class="team-missing">
          <strong>{words.missing(group.seatsLeft)}</strong>
          <Countdown endsAt={group.expiresAt} onTurn={onTurn} />
        </p>
      )}
      <progress max={group.size} value={taken} aria-label={words.missing(group.seatsLeft)} />
      <Faces group={group} named />
      {group.winners !== null && <p class="muted">{words.winnersOf(group.winners)}</p>}
      {group.state === "FORMING" && <Join group={group} />}
      {group.state === "FORMING" && <Invite group={group} />}
    </section>
  );
}

function Join({ group: { id, groupBuy, members, seatsLeft } }: { group: WholeGroup }) {
  const words = useWords();
  const go = useGo();
  const { me } = useMembership();
  const sold = groupBuy.prices.flatMap(({ variantId, price: cost }) => {
    const variant = groupBuy.product?.variants.find((one) => one.id === variantId);
    return variant ? [{ ...variant, list: variant.price, cost }] : [];
  });
  const [chosenId, setChosenId] = useState(sold.find(({ available }) => available > 0)?.id);
  const chosen = sold.find((one) => one.id === chosenId);
  if (!chosen || members.some(({ member }) => member.id === me?.id)) return null;
  const play = { kind: "GROUP", id: groupBuy.id, groupId: id } as const;
  return (
    <>
      {sold.length > 1 && (
        <fieldset class="option">
          <legend class="muted">{words.goodsTitle}</legend>
          {sold.map((one) => (
            <label key={one.id}>
              <input type="radio" name="variant" checked={one.id === chosen.id} disabled={one.available === 0} onChange={() => setChosenId(one.id)} />
              <span>{one.name}</span>
            </label>
          ))}
        </fieldset>
      )}
      <div class="buy-bar">
        <span>
          <Price {...chosen.cost} />
          <s>{price(chosen.list.minor, chosen.list.currency)}</s>
        </span>
        <button
          class="primary"
          disabled={seatsLeft === 0}
          onClick={() => go({ at: "checkout", basket: { of: "product", variantId: chosen.id, quantity: 1, play } })}
        >
          {words.joinGroup}
        </button>
      </div>
    </>
  );
}

/** The link that one passes on says by whom others came. */
function Invite({ group: { id, groupBuy } }: { group: WholeGroup }) {
  const words = useWords();
  const client = useClient();
  const { asMember } = useMembership();
  const [link, setLink] = useState("");
  const { busy, notice, run } = useAttempt();
  const invite = () =>
    run(async () => {
      const own = await ownShare(client, groupBuy.product!.id);
      if (!("share" in own)) return refusalText(own, words);
      const made = location.origin + addressOf({ at: "group", id }, `?share=${own.share}`);
      setLink(made);
      return (await pass(groupBuy.product!.name, made)) ? words.linkCopied : words.linkCopy;
    });
  if (!groupBuy.product) return null;
  return (
    <>
      <button class="secondary" disabled={busy} onClick={() => asMember(() => void invite())}>
        {words.invite}
      </button>
      {notice && <Notice text={notice} />}
      {link && <input class="link" readOnly value={link} aria-label={words.invite} onFocus={(focus) => focus.currentTarget.select()} />}
    </>
  );
}
