import { useEffect, useState } from "preact/hooks";
import type { UserError } from "../../api/types.ts";
import { useClient } from "../../api/use-client.ts";
import { pass } from "../../member/share.ts";
import { price } from "../../numbers.ts";
import { useAttempt } from "../../parts/attempt.ts";
import { Notice, Sheet } from "../../parts/sheet.tsx";
import { refusalText } from "../../refusals.ts";
import { SHARE_CREATE } from "../api/documents.ts";
import type { Shareable } from "../api/types.ts";
import { useGuide } from "../gate.tsx";
import { useWords } from "../locale.ts";
import { save } from "../parts/files.ts";
import { linkOf } from "./addresses.ts";
import { drawPoster, POSTER } from "./poster.ts";

const CHANNELS = ["CHAT", "GROUP", "MOMENTS", "POSTER"] as const;
type Channel = (typeof CHANNELS)[number];
/** How the picture of a mini-program code is called, which leads into the brand's mini-program. */
const BY_WECHAT = ".wechat.png";

interface Props {
  of: Shareable;
  onClose(): void;
}

/** A share of one's own for one thing: a picture with a code that leads to it, and the same as a link. */
export function ShareSheet({ of, onClose }: Props) {
  const words = useWords();
  const [channel, setChannel] = useState<Channel>("GROUP");
  const { link, poster, notice } = usePoster(of, channel);
  const { busy, notice: said, run } = useAttempt();
  const copy = () => run(async () => ((await pass(of.title, link)) ? words.copied : words.copyByHand));
  return (
    <Sheet title={words.shareOf(of.title)} onClose={onClose}>
      <fieldset class="switch">
        <legend class="unseen">{words.channelLabel}</legend>
        {CHANNELS.map((one) => (
          <button key={one} type="button" aria-pressed={one === channel} onClick={() => setChannel(one)}>
            {words.channels[one]}
          </button>
        ))}
      </fieldset>
      <figure class="poster" aria-busy={!poster}>
        {poster ? (
          <img src={poster} width={POSTER.width} height={POSTER.height} alt={words.poster(of.title)} />
        ) : (
          <span class="muted">{notice ? "" : words.posterWaiting}</span>
        )}
        <figcaption class="muted">{words.posterNote}</figcaption>
      </figure>
      <Notice text={notice || said} />
      <input class="link" readOnly value={link} aria-label={words.link} onFocus={(focus) => focus.currentTarget.select()} />
      <div class="deed-row">
        <button class="primary" disabled={busy || !link} onClick={() => void copy()}>
          {words.copyLink}
        </button>
        <button class="secondary" disabled={!poster} onClick={() => save(poster, `${of.title}.png`)}>
          {words.savePoster}
        </button>
      </div>
    </Sheet>
  );
}

/** The link by which others come, and the picture of it; both empty until they are there. */
function usePoster(of: Shareable, channel: Channel): { link: string; poster: string; notice: string } {
  const words = useWords();
  const client = useClient();
  const guide = useGuide();
  const [made, setMade] = useState({ link: "", poster: "" });
  const { notice, run } = useAttempt();
  useEffect(() => {
    let isWanted = true;
    void run(async () => {
      const input = { target: of.id, channel };
      const { shareCreate } = await client.request<Created>(SHARE_CREATE, { input });
      const [refusal] = shareCreate.userErrors;
      if (refusal || !shareCreate.share) return refusal ? refusalText(refusal, words) : words.failed;
      const { code, qrUrl } = shareCreate.share;
      const link = linkOf(of.path, code);
      const poster = await drawPoster({
        link,
        codeUrl: qrUrl.endsWith(BY_WECHAT) ? new URL(qrUrl, location.href).pathname : null,
        title: of.title,
        pictureUrl: of.pictureUrl,
        price: of.price ? price(of.price.minor, of.price.currency) : "",
        note: of.price ? "" : of.note,
        by: words.posterBy(guide.displayName),
        store: guide.store?.name ?? "",
        avatarUrl: guide.avatarUrl,
        scan: words.posterScan,
      });
      if (isWanted) setMade({ link, poster });
      return "";
    });
    return () => void (isWanted = false);
  }, [of.id, channel]);
  return { ...made, notice };
}

interface Created {
  shareCreate: { share: { code: string; qrUrl: string } | null; userErrors: UserError[] };
}
