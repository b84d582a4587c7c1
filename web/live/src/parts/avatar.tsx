import { hue } from "./hue.ts";

export function Avatar({ name }: { name: string }) {
  return (
    <span class="avatar" style={{ "--hue": hue(name) }} aria-hidden="true">
      {[...name][0] ?? "·"}
    </span>
  );
}
