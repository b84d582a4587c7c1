import { useEffect, useRef } from "preact/hooks";
import { hatch, type Koi, paintKoi, swim } from "./koi.ts";

const FRAME_MS = 1000 / 30;
const SHARPNESS_MOST = 1.5;
const KOI = 3;

/** What stands in for the video stream: a pond, drawn. A brand puts its player here. */
export function Pond() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => play(canvas.current!), []);
  return <canvas ref={canvas} class="pond" aria-hidden="true" />;
}

function play(canvas: HTMLCanvasElement): () => void {
  const pen = canvas.getContext("2d")!;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let koi: Koi[] = [];
  let leaves: Leaf[] = [];
  let frame = 0;
  let drawnAt = -FRAME_MS;

  const draw = (now: number) => {
    frame = still ? 0 : requestAnimationFrame(draw);
    if (now - drawnAt < FRAME_MS - 2) return;
    const dt = Math.min(0.1, Math.max(0, now - drawnAt) / 1000);
    drawnAt = now;
    const { clientWidth: width, clientHeight: height } = canvas;
    for (const fish of koi) swim(fish, dt, width, height);
    paint(pen, koi, leaves, now / 1000, width, height);
  };

  const fit = () => {
    const sharpness = Math.min(devicePixelRatio, SHARPNESS_MOST);
    canvas.width = canvas.clientWidth * sharpness;
    canvas.height = canvas.clientHeight * sharpness;
    pen.setTransform(sharpness, 0, 0, sharpness, 0, 0);
    koi = Array.from({ length: KOI }, (_, i) => hatch(i, canvas.clientWidth, canvas.clientHeight));
    leaves = PADS.map((pad) => leafOf(pad, canvas.clientWidth, sharpness));
    if (still) draw(FRAME_MS);
  };

  const size = new ResizeObserver(fit);
  size.observe(canvas);
  if (!still) frame = requestAnimationFrame(draw);
  return () => {
    size.disconnect();
    cancelAnimationFrame(frame);
  };
}

function paint(
  pen: CanvasRenderingContext2D,
  koi: readonly Koi[],
  leaves: readonly Leaf[],
  seconds: number,
  width: number,
  height: number,
): void {
  const water = pen.createLinearGradient(0, 0, width * 0.3, height);
  water.addColorStop(0, "#2b8579");
  water.addColorStop(0.45, "#14605b");
  water.addColorStop(1, "#06302f");
  pen.fillStyle = water;
  pen.fillRect(0, 0, width, height);
  paintLight(pen, seconds, width, height);
  for (const fish of koi) paintKoi(pen, fish);
  paintRipples(pen, seconds, width, height);
  for (const leaf of leaves) paintPad(pen, leaf, seconds, width, height);
}

function paintLight(pen: CanvasRenderingContext2D, seconds: number, width: number, height: number): void {
  pen.globalCompositeOperation = "screen";
  for (let i = 0; i < 3; i++) {
    const x = width * (0.5 + 0.55 * Math.sin(seconds * 0.07 + i * 1.9));
    const y = height * (0.32 + 0.3 * Math.cos(seconds * 0.09 + i * 2.3));
    const glow = pen.createRadialGradient(x, y, 0, x, y, width * 0.62);
    glow.addColorStop(0, "rgba(120, 214, 184, 0.24)");
    glow.addColorStop(1, "rgba(120, 214, 184, 0)");
    pen.fillStyle = glow;
    pen.fillRect(0, 0, width, height);
  }
  pen.globalCompositeOperation = "source-over";
}

const RIPPLE_S = 6;

function paintRipples(pen: CanvasRenderingContext2D, seconds: number, width: number, height: number): void {
  for (let i = 0; i < 3; i++) {
    const time = seconds / RIPPLE_S + i / 3;
    const drop = Math.floor(time);
    const age = time - drop;
    const x = width * (0.15 + 0.7 * scatter(drop * 3 + i));
    const y = height * (0.12 + 0.6 * scatter(drop * 7 + i + 40));
    for (const ring of [0, 0.16, 0.32]) {
      const grown = age - ring;
      if (grown <= 0) continue;
      pen.strokeStyle = `rgba(220, 255, 244, ${0.22 * (1 - grown) ** 2})`;
      pen.lineWidth = 1.2;
      pen.beginPath();
      pen.ellipse(x, y, grown * width * 0.34, grown * width * 0.3, 0, 0, Math.PI * 2);
      pen.stroke();
    }
  }
}

/** The same pseudo-random number in 0…1 for the same seed. */
function scatter(seed: number): number {
  const value = Math.sin(seed * 127.1) * 43758.5453;
  return value - Math.floor(value);
}

interface Pad {
  x: number;
  y: number;
  size: number;
  notch: number;
  flower?: boolean;
}

interface Leaf {
  pad: Pad;
  picture: HTMLCanvasElement;
  reach: number;
}

const SHADOW_PX = 14;

const PADS: readonly Pad[] = [
  { x: 0.97, y: 0.17, size: 0.2, notch: 2.6 },
  { x: 0.8, y: 0.235, size: 0.1, notch: 0.9, flower: true },
  { x: 0.03, y: 0.6, size: 0.19, notch: 5.6 },
  { x: 0.17, y: 0.68, size: 0.1, notch: 3.9 },
  { x: 1, y: 0.74, size: 0.22, notch: 3.4 },
  { x: 0.5, y: 1, size: 0.2, notch: 4.4 },
];

function paintPad(pen: CanvasRenderingContext2D, { pad, picture, reach }: Leaf, seconds: number, width: number, height: number): void {
  pen.save();
  pen.translate(pad.x * width + Math.sin(seconds * 0.4 + pad.notch) * 3, pad.y * height + Math.cos(seconds * 0.33 + pad.notch) * 3);
  pen.rotate(pad.notch + Math.sin(seconds * 0.2 + pad.x * 9) * 0.05);
  pen.drawImage(picture, -reach, -reach, reach * 2, reach * 2);
  pen.restore();
}

/** A pad as a picture: its soft shadow is too dear to be drawn in each frame. */
function leafOf(pad: Pad, width: number, sharpness: number): Leaf {
  const radius = pad.size * width;
  const reach = radius + SHADOW_PX * 2;
  const picture = document.createElement("canvas");
  picture.width = picture.height = reach * 2 * sharpness;
  const pen = picture.getContext("2d")!;
  pen.scale(sharpness, sharpness);
  pen.translate(reach, reach);
  pen.shadowColor = "rgba(0, 20, 20, 0.35)";
  pen.shadowBlur = SHADOW_PX * sharpness;
  const leaf = pen.createRadialGradient(0, 0, 0, 0, 0, radius);
  leaf.addColorStop(0, "#8cc98b");
  leaf.addColorStop(0.55, "#4c9b6d");
  leaf.addColorStop(1, "#2c7458");
  pen.fillStyle = leaf;
  pen.beginPath();
  pen.moveTo(radius * 0.06, 0);
  pen.arc(0, 0, radius, 0.2, Math.PI * 2 - 0.2);
  pen.closePath();
  pen.fill();
  pen.shadowColor = "transparent";
  paintVeins(pen, radius);
  if (pad.flower) paintLotus(pen, radius * 0.82);
  return { pad, picture, reach };
}

function paintVeins(pen: CanvasRenderingContext2D, radius: number): void {
  pen.strokeStyle = "rgba(220, 255, 226, 0.22)";
  pen.lineWidth = 1;
  pen.beginPath();
  for (let angle = 0.6; angle < 6; angle += 0.52) {
    pen.moveTo(0, 0);
    pen.lineTo(Math.cos(angle) * radius * 0.86, Math.sin(angle) * radius * 0.86);
  }
  pen.stroke();
}

function paintLotus(pen: CanvasRenderingContext2D, radius: number): void {
  const rings = [
    { petals: 9, reach: 1, color: "#f7b9c6" },
    { petals: 7, reach: 0.74, color: "#fbd3da" },
    { petals: 5, reach: 0.5, color: "#fdebee" },
  ];
  for (const { petals, reach, color } of rings) {
    pen.fillStyle = color;
    for (let i = 0; i < petals; i++) {
      const angle = (i / petals) * Math.PI * 2 + reach;
      const far = radius * reach * 0.56;
      pen.beginPath();
      pen.ellipse(Math.cos(angle) * far, Math.sin(angle) * far, far * 0.8, far * 0.36, angle, 0, Math.PI * 2);
      pen.fill();
    }
  }
  pen.fillStyle = "#f6cf62";
  pen.beginPath();
  pen.arc(0, 0, radius * 0.17, 0, Math.PI * 2);
  pen.fill();
}
