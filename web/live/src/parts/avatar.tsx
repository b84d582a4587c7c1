import { useState } from "preact/hooks";
import { hue } from "./hue.ts";

/** A face, or the first character of a name when there is none. */
export function Avatar({ name, url = null }: { name: string; url?: string | null }) {
  const [broken, setBroken] = useState(false);
  if (url && !broken) return <img class="avatar" src={url} alt="" onError={() => setBroken(true)} />;
  return (
    <span class="avatar" style={{ "--hue": hue(name) }} aria-hidden="true">
      {[...name][0] ?? "·"}
    </span>
  );
}
