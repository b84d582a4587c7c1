import encodeQR from "qr";
import { hue } from "../../parts/hue.ts";

export const POSTER = { width: 600, height: 840 };
const PICTURE = 600;
const MARGIN = 36;
const CODE = 168;
const FACE = 56;
/** Modules that stay light around a code, so that cameras find it. */
const QUIET = 2;
const FONT = '-apple-system, "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';
const INK = "#1c2422";
const MUTED = "#7b8783";
const ACCENT = "#e2352a";
const PATIENCE_MS = 6_000;

export interface PosterText {
  link: string;
  /** A picture of the code that is shown instead of one that says the link, where the brand has a mini-program. */
  codeUrl: string | null;
  title: string;
  pictureUrl: string | null;
  price: string;
  note: string;
  by: string;
  store: string;
  avatarUrl: string | null;
  scan: string;
}

/** A picture to pass on, as the address of a PNG: what it is, what it costs, who says so, and a code that leads there. */
export async function drawPoster(text: PosterText): Promise<string> {
  const canvas = document.createElement("canvas");
  const scale = 2;
  canvas.width = POSTER.width * scale;
  canvas.height = POSTER.height * scale;
  const on = canvas.getContext("2d")!;
  on.scale(scale, scale);
  const [picture, face, code] = await Promise.all([text.pictureUrl, text.avatarUrl, text.codeUrl].map(loaded));
  on.fillStyle = "#fff";
  on.fillRect(0, 0, POSTER.width, POSTER.height);
  drawPicture(on, picture ?? null, text.title);
  drawText(on, text);
  drawFace(on, face ?? null, text);
  const [left, top] = [POSTER.width - MARGIN - CODE, POSTER.height - MARGIN - CODE - 20];
  if (code) cover(on, code, left, top, CODE, CODE);
  else drawCode(on, text.link, left, top);
  write(on, text.scan, POSTER.width - MARGIN - CODE / 2, POSTER.height - 30, 15, MUTED, "center");
  return canvas.toDataURL("image/png");
}

function drawPicture(on: CanvasRenderingContext2D, picture: HTMLImageElement | null, title: string): void {
  if (picture) return cover(on, picture, 0, 0, POSTER.width, PICTURE);
  const tint = on.createLinearGradient(0, 0, 0, PICTURE);
  tint.addColorStop(0, `hsl(${hue(title)} 48% 90%)`);
  tint.addColorStop(1, `hsl(${hue(title)} 42% 74%)`);
  on.fillStyle = tint;
  on.fillRect(0, 0, POSTER.width, PICTURE);
  write(on, [...title][0] ?? "", POSTER.width / 2, PICTURE / 2 + 60, 160, `hsl(${hue(title)} 45% 28%)`, "center");
}

function drawText(on: CanvasRenderingContext2D, { title, price, note }: PosterText): void {
  const width = POSTER.width - 3 * MARGIN - CODE;
  const lines = wrapped(on, title, width, 26, 2);
  lines.forEach((line, number) => write(on, line, MARGIN, PICTURE + 52 + number * 36, 26, INK));
  const below = PICTURE + 52 + lines.length * 36;
  if (price) write(on, price, MARGIN, below + 12, 34, ACCENT);
  else wrapped(on, note, width, 17, 2).forEach((line, number) => write(on, line, MARGIN, below + number * 26, 17, MUTED));
}

function drawFace(on: CanvasRenderingContext2D, face: HTMLImageElement | null, { by, store }: PosterText): void {
  const top = POSTER.height - MARGIN - FACE;
  on.save();
  on.beginPath();
  on.arc(MARGIN + FACE / 2, top + FACE / 2, FACE / 2, 0, 2 * Math.PI);
  on.clip();
  on.fillStyle = `hsl(${hue(by)} 62% 56%)`;
  on.fillRect(MARGIN, top, FACE, FACE);
  if (face) cover(on, face, MARGIN, top, FACE, FACE);
  else write(on, [...by][0] ?? "", MARGIN + FACE / 2, top + FACE / 2 + 9, 26, "#fff", "center");
  on.restore();
  const [name = ""] = wrapped(on, by, POSTER.width - 3 * MARGIN - CODE - FACE, 18, 1);
  const [where = ""] = wrapped(on, store, POSTER.width - 3 * MARGIN - CODE - FACE, 15, 1);
  write(on, name, MARGIN + FACE + 14, top + 25, 18, INK);
  write(on, where, MARGIN + FACE + 14, top + 48, 15, MUTED);
}

/** Dark squares on white, whole pixels wide, so that every edge is sharp. */
function drawCode(on: CanvasRenderingContext2D, link: string, left: number, top: number): void {
  const rows = encodeQR(link, "raw", { ecc: "medium", border: QUIET });
  const size = CODE / rows.length;
  on.fillStyle = "#fff";
  on.fillRect(left, top, CODE, CODE);
  on.fillStyle = "#000";
  rows.forEach((row, y) =>
    row.forEach((isDark, x) => {
      if (isDark) on.fillRect(left + x * size, top + y * size, size + 0.3, size + 0.3);
    }),
  );
}

function write(on: CanvasRenderingContext2D, text: string, x: number, y: number, size: number, colour: string, align: CanvasTextAlign = "left"): void {
  on.font = `600 ${size}px ${FONT}`;
  on.fillStyle = colour;
  on.textAlign = align;
  on.fillText(text, x, y);
}

/** A text in so many lines of that width at most; what is too long ends with an ellipsis. */
function wrapped(on: CanvasRenderingContext2D, text: string, width: number, size: number, most: number): string[] {
  on.font = `600 ${size}px ${FONT}`;
  const lines: string[] = [];
  let rest = [...text];
  while (rest.length && lines.length < most) {
    const isLast = lines.length === most - 1;
    let many = rest.length;
    while (many > 1 && on.measureText(lineOf(rest, many, isLast)).width > width) many--;
    lines.push(lineOf(rest, many, isLast));
    rest = rest.slice(many);
  }
  return lines;
}

function lineOf(characters: readonly string[], many: number, isLast: boolean): string {
  const line = characters.slice(0, many).join("");
  return isLast && many < characters.length ? `${line}…` : line;
}

/** Fill a rectangle with a picture, cut at its longer side. */
function cover(on: CanvasRenderingContext2D, picture: HTMLImageElement, x: number, y: number, width: number, height: number): void {
  const scale = Math.max(width / picture.naturalWidth, height / picture.naturalHeight);
  const [cutWidth, cutHeight] = [width / scale, height / scale];
  const [left, top] = [(picture.naturalWidth - cutWidth) / 2, (picture.naturalHeight - cutHeight) / 2];
  on.drawImage(picture, left, top, cutWidth, cutHeight, x, y, width, height);
}

/** The picture; null where there is none, it does not come, or its host does not let us draw it. */
function loaded(url: string | null): Promise<HTMLImageElement | null> {
  if (!url) return Promise.resolve(null);
  return new Promise((resolve) => {
    const picture = new Image();
    picture.crossOrigin = "anonymous";
    picture.onload = () => resolve(picture.naturalWidth ? picture : null);
    picture.onerror = () => resolve(null);
    setTimeout(() => resolve(null), PATIENCE_MS);
    picture.src = url;
  });
}
