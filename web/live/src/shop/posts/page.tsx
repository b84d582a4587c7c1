import type { Money } from "../../api/types.ts";
import { useClient } from "../../api/use-client.ts";
import { Avatar } from "../../parts/avatar.tsx";
import { useLoad } from "../../parts/load.tsx";
import { Picture } from "../../parts/picture.tsx";
import { Price } from "../../parts/price.tsx";
import { day } from "../../parts/when.ts";
import { POST } from "../api/documents.ts";
import { useWords } from "../locale.ts";
import { Link } from "../navigation.tsx";
import { Shown } from "../parts/load.tsx";

interface Mentioned {
  slug: string;
  name: string;
  brief: string;
  media: { url: string }[];
  priceRange: { minimum: Money };
}

type Block =
  | { __typename: "ParagraphBlock" | "HeadingBlock"; text: string }
  | { __typename: "ImageBlock"; url: string; alt: string; caption: string }
  | { __typename: "VideoBlock"; url: string; coverUrl: string | null; caption: string }
  | { __typename: "AudioBlock"; url: string; title: string }
  | { __typename: "HtmlBlock"; html: string }
  | { __typename: "ProductBlock"; product: Mentioned | null };

interface Post {
  title: string;
  summary: string;
  coverUrl: string | null;
  author: { nickname: string; avatarUrl: string | null } | null;
  publishedAt: string | null;
  blocks: Block[];
}

/** What a guide or the brand tells, as somebody passed it on, with the way to the products in it. */
export function PostPage({ id }: { id: string }) {
  const words = useWords();
  const client = useClient();
  const post = useLoad(async () => (await client.request<{ post: Post | null }>(POST, { id })).post, [id]);
  return (
    <Shown of={post}>
      {({ title, summary, coverUrl, author, publishedAt, blocks }) => (
        <article class="panel post">
          {coverUrl && <img src={coverUrl} alt="" width={640} height={400} />}
          <h1>{title}</h1>
          <p class="post-by">
            {author && <Avatar name={author.nickname} url={author.avatarUrl} />}
            <span>{author?.nickname ?? words.shop}</span>
            <small class="muted">{publishedAt && day(publishedAt, words.lang)}</small>
          </p>
          {summary && <p class="muted">{summary}</p>}
          {blocks.map((block, number) => (
            <Part key={number} block={block} />
          ))}
        </article>
      )}
    </Shown>
  );
}

function Part({ block }: { block: Block }) {
  switch (block.__typename) {
    case "ParagraphBlock":
      return <p>{block.text}</p>;
    case "HeadingBlock":
      return <h2>{block.text}</h2>;
    case "HtmlBlock":
      return <p>{textOf(block.html)}</p>;
    case "ImageBlock":
      return (
        <figure>
          <img src={block.url} alt={block.alt} loading="lazy" width={640} height={400} />
          {block.caption && <figcaption class="muted">{block.caption}</figcaption>}
        </figure>
      );
    case "VideoBlock":
      return <video src={block.url} poster={block.coverUrl ?? ""} aria-label={block.caption} controls playsInline preload="none" />;
    case "AudioBlock":
      return <audio src={block.url} aria-label={block.title} controls preload="none" />;
    case "ProductBlock":
      return block.product && <Product of={block.product} />;
  }
}

function Product({ of: { slug, name, brief, media, priceRange } }: { of: Mentioned }) {
  return (
    <Link to={{ at: "product", slug }} class="team-product">
      <span class="thumb">
        <Picture name={name} url={media[0]?.url ?? null} />
      </span>
      <span>
        <strong>{name}</strong>
        <small class="muted block">{brief}</small>
        <Price {...priceRange.minimum} />
      </span>
    </Link>
  );
}

/** Text is only ever text: of an article that was written elsewhere we show the words. */
function textOf(html: string): string {
  return new DOMParser().parseFromString(html, "text/html").body.textContent ?? "";
}
