import { useState } from "preact/hooks";
import { hue } from "./hue.ts";

/** A product's picture, or a quiet tile with its first character when it has none. */
export function Picture({ name, url }: { name: string; url: string | null }) {
  const [broken, setBroken] = useState(false);
  if (url && !broken) return <img class="picture" src={url} alt="" loading="lazy" onError={() => setBroken(true)} />;
  return (
    <span class="picture" style={{ "--hue": hue(name) }} aria-hidden="true">
      <svg viewBox="0 0 100 100" preserveAspectRatio="xMidYMid slice">
        <circle cx="74" cy="24" r="11" class="moon" />
        <path d="M0 66c14-12 24-12 38 0s24 12 38 0 24-12 38 0v40H0z" class="hill" />
        <path d="M-10 80c14-10 24-10 38 0s24 10 38 0 24-10 38 0 24 10 30 4v30H-10z" class="near" />
      </svg>
      <b>{[...name][0] ?? ""}</b>
    </span>
  );
}
