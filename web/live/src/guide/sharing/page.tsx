import { useState } from "preact/hooks";
import type { Client } from "../../api/client.ts";
import type { LiveRoomState, Money } from "../../api/types.ts";
import { useClient } from "../../api/use-client.ts";
import { price } from "../../numbers.ts";
import { Shown } from "../../parts/load.tsx";
import { Picture } from "../../parts/picture.tsx";
import { SHARED_KINDS, type SharedKind } from "../address.ts";
import { POSTS, PRODUCTS, ROOMS } from "../api/documents.ts";
import type { Part, Shareable } from "../api/types.ts";
import { useWords, type Words } from "../locale.ts";
import { Link } from "../navigation.tsx";
import { More, usePages } from "../parts/pages.tsx";
import { postPage, productPage, roomPage } from "./addresses.ts";
import { Performance } from "./performance.tsx";
import { ShareSheet } from "./sheet.tsx";

/** What can be passed on, and what came of what was. */
export function SharePage({ kind }: { kind: SharedKind }) {
  const words = useWords();
  const client = useClient();
  const [chosen, setChosen] = useState<Shareable | null>(null);
  const pages = usePages((after) => FINDERS[kind](client, after, words), (part) => part, [kind]);
  const found = pages.all.flatMap(({ nodes }) => nodes);
  return (
    <>
      <h1>{words.share}</h1>
      <nav class="switch" aria-label={words.share}>
        {SHARED_KINDS.map((one) => (
          <Link key={one} to={{ at: "share", kind: one }} current={one === kind}>
            {words.sharedKind[one]}
          </Link>
        ))}
      </nav>
      <Shown of={pages.first} gone={words.gone}>
        {() => (
          <>
            {found.length === 0 && <p class="nothing">{words.toShareNone}</p>}
            <ul class="shareables">
              {found.map((one) => (
                <li key={one.id}>
                  <button class="panel" aria-label={words.shareOf(one.title)} onClick={() => setChosen(one)}>
                    <span class="thumb">
                      <Picture name={one.title} url={one.pictureUrl} />
                    </span>
                    <span>
                      <strong>{one.title}</strong>
                      <small class="muted">{one.note}</small>
                    </span>
                    {one.price && <span class="amount">{price(one.price.minor, one.price.currency)}</span>}
                  </button>
                </li>
              ))}
            </ul>
            <More of={pages} />
          </>
        )}
      </Shown>
      <Performance />
      {chosen && <ShareSheet of={chosen} onClose={() => setChosen(null)} />}
    </>
  );
}

type Finder = (client: Client, after: string | null, words: Words) => Promise<Part<Shareable>>;

const FINDERS: Record<SharedKind, Finder> = {
  products: (client, after) => part<ProductCard>(client, PRODUCTS, after, shownProduct),
  posts: (client, after) => part<PostCard>(client, POSTS, after, shownPost),
  rooms: (client, after, words) => part<RoomCard>(client, ROOMS, after, (room) => shownRoom(room, words)),
};

async function part<T>(client: Client, document: string, after: string | null, show: (found: T) => Shareable): Promise<Part<Shareable>> {
  const { part: found } = await client.request<{ part: Part<T> }>(document, { after });
  return { ...found, nodes: found.nodes.map(show) };
}

interface ProductCard {
  id: string;
  slug: string;
  name: string;
  brief: string;
  media: { url: string }[];
  priceRange: { minimum: Money };
}

interface PostCard {
  id: string;
  title: string;
  summary: string;
  coverUrl: string | null;
}

interface RoomCard {
  id: string;
  title: string;
  coverUrl: string | null;
  state: LiveRoomState;
  host: { storeName: string };
}

function shownProduct({ id, slug, name, brief, media, priceRange }: ProductCard): Shareable {
  return { id, title: name, pictureUrl: media[0]?.url ?? null, note: brief, price: priceRange.minimum, path: productPage(slug) };
}

function shownPost({ id, title, summary, coverUrl }: PostCard): Shareable {
  return { id, title, pictureUrl: coverUrl, note: summary, price: null, path: postPage(id) };
}

function shownRoom({ id, title, coverUrl, state, host }: RoomCard, words: Words): Shareable {
  const note = `${state === "LIVE" ? words.onAir : (words.states[state] ?? "")} · ${host.storeName}`;
  return { id, title, pictureUrl: coverUrl, note, price: null, path: roomPage(id) };
}
