import { price } from "../../numbers.ts";
import { shopNow } from "../../room/clock.ts";
import { Price } from "../../parts/price.tsx";
import type { Play } from "../address.ts";
import type { Group, GroupBuy, Seckill, Variant } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { Link, useGo } from "../navigation.tsx";
import { Countdown } from "../parts/countdown.tsx";
import { Faces } from "../parts/faces.tsx";

interface FlashProps {
  seckill: Seckill;
  variant: Variant;
  onTurn(): void;
}

export function FlashSale({ seckill, variant, onTurn }: FlashProps) {
  const words = useWords();
  const go = useGo();
  const { id, startsAt, endsAt, remaining, stock } = seckill;
  const runs = Date.parse(startsAt) <= shopNow() && shopNow() < Date.parse(endsAt);
  const play: Play = { kind: "SECKILL", id, groupId: null };
  return (
    <section class="play-panel flash" aria-label={seckill.name}>
      <header>
        <em>{seckill.name}</em>
        <Countdown startsAt={startsAt} endsAt={endsAt} onTurn={onTurn} />
      </header>
      <div class="play-buy">
        <span>
          <Price {...seckill.price} />
          <s>{price(variant.price.minor, variant.price.currency)}</s>
          <meter min={0} max={stock} value={remaining} aria-label={words.flashLeft(remaining)} />
          <small>
            {words.flashLeft(remaining)}
            {seckill.limitPerMember !== null && ` · ${words.limit(seckill.limitPerMember)}`}
          </small>
        </span>
        <button
          class="primary small"
          disabled={!runs || remaining === 0}
          onClick={() => go({ at: "checkout", basket: { of: "product", variantId: variant.id, quantity: 1, play } })}
        >
          {remaining === 0 ? words.soldOut : words.flashBuy}
        </button>
      </div>
    </section>
  );
}

interface TogetherProps {
  groupBuy: GroupBuy & { groups: Group[] };
  variant: Variant;
  onTurn(): void;
}

/** Begin a group, or join one of those that fill. */
export function TogetherSale({ groupBuy, variant, onTurn }: TogetherProps) {
  const words = useWords();
  const go = useGo();
  const sold = groupBuy.prices.find(({ variantId }) => variantId === variant.id);
  if (!sold) return null;
  const first = sold.leaderPrice ?? sold.price;
  const buy = (groupId: string | null) => {
    const play: Play = { kind: "GROUP", id: groupBuy.id, groupId };
    go({ at: "checkout", basket: { of: "product", variantId: variant.id, quantity: 1, play } });
  };
  return (
    <section class="play-panel" aria-label={groupBuy.name}>
      <header>
        <em>
          {words.together} · {words.sizeOf(groupBuy.size)}
        </em>
        <Countdown startsAt={groupBuy.startsAt} endsAt={groupBuy.endsAt} onTurn={onTurn} />
      </header>
      <div class="play-buy">
        <span>
          <Price {...sold.price} />
          <s>{price(variant.price.minor, variant.price.currency)}</s>
          {sold.leaderPrice && <small>{words.leaderSaves(price(sold.leaderPrice.minor, sold.leaderPrice.currency))}</small>}
        </span>
        <button class="primary small" onClick={() => buy(null)}>
          {words.togetherBuy(price(first.minor, first.currency))}
        </button>
      </div>
      {groupBuy.winners !== null && <p class="muted">{words.winnersOf(groupBuy.winners)}</p>}
      {groupBuy.groups.length > 0 && (
        <ul class="forming" aria-label={words.groupsForming}>
          {groupBuy.groups.map((group) => (
            <li key={group.id}>
              <Link to={{ at: "group", id: group.id }} label={words.viewGroup}>
                <Faces group={group} />
                <span>
                  <strong>{words.missing(group.seatsLeft)}</strong>
                  <Countdown endsAt={group.expiresAt} onTurn={onTurn} />
                </span>
              </Link>
              <button class="quiet" disabled={group.seatsLeft === 0} onClick={() => buy(group.id)}>
                {words.joinGroup}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
