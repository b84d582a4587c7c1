/** Koi seen from above: a spine that follows the head, and an outline around it. */

export interface Koi {
  length: number;
  speed: number;
  heading: number;
  phase: number;
  homeY: number;
  body: string;
  patches: readonly Patch[];
  spine: Point[];
}

interface Point {
  x: number;
  y: number;
}

interface Patch {
  at: number;
  side: number;
  size: number;
  color: string;
}

const JOINTS = 18;
const VERMILION = "#f0502c";
const GOLD = "#f6a83c";
const INK = "#2a2f36";

/** Where each likes to be, as a part of the height: apart, and above the chat. */
const HOMES = [0.47, 0.25, 0.36, 0.3];

const KINDS: readonly Pick<Koi, "body" | "patches">[] = [
  { body: "#fdf3e7", patches: [patch(0.1, 0, 0.8, VERMILION), patch(0.36, 0.3, 1, VERMILION), patch(0.62, -0.2, 0.8, VERMILION)] },
  { body: "#f26a35", patches: [patch(0.3, 0.5, 0.5, "#ff9a5c"), patch(0.55, -0.4, 0.5, "#ff9a5c")] },
  { body: "#fbf6ee", patches: [patch(0.2, -0.2, 0.9, VERMILION), patch(0.44, 0.4, 0.5, INK), patch(0.66, 0.1, 0.7, VERMILION)] },
  { body: "#f7c25f", patches: [patch(0.24, 0.3, 0.7, GOLD), patch(0.5, -0.3, 0.8, GOLD)] },
];

function patch(at: number, side: number, size: number, color: string): Patch {
  return { at, side, size, color };
}

export function hatch(index: number, width: number, height: number): Koi {
  const angle = index * 2.4 + 0.6;
  const head = { x: width * (0.5 + 0.28 * Math.cos(angle)), y: height * (HOMES[index % HOMES.length]! + 0.1 * Math.sin(angle)) };
  const length = width * (0.36 - 0.045 * index);
  const heading = angle + Math.PI / 2;
  const spine = Array.from({ length: JOINTS }, (_, i) => ({
    x: head.x - (Math.cos(heading) * i * length) / JOINTS,
    y: head.y - (Math.sin(heading) * i * length) / JOINTS,
  }));
  return { ...KINDS[index % KINDS.length]!, length, speed: 20 - index * 2, heading, phase: index * 1.7, homeY: HOMES[index % HOMES.length]!, spine };
}

/** Swim on for `dt` seconds, turning gently and back towards the middle of the pond. */
export function swim(koi: Koi, dt: number, width: number, height: number): void {
  koi.phase += dt * 2.6;
  const head = koi.spine[0]!;
  const home = Math.atan2(height * koi.homeY - head.y, width * 0.5 - head.x);
  const astray = Math.hypot((head.x - width / 2) / width, (head.y - height * koi.homeY) / (height * 0.5));
  const turn = Math.sin(koi.phase * 0.13) * 0.35 + wrap(home - koi.heading) * Math.max(0, astray - 0.24) * 1.6;
  koi.heading += turn * dt;
  head.x += Math.cos(koi.heading) * koi.speed * dt;
  head.y += Math.sin(koi.heading) * koi.speed * dt;
  follow(koi.spine, koi.length / JOINTS);
}

function wrap(angle: number): number {
  return Math.atan2(Math.sin(angle), Math.cos(angle));
}

function follow(spine: Point[], gap: number): void {
  for (let i = 1; i < spine.length; i++) {
    const ahead = spine[i - 1]!;
    const joint = spine[i]!;
    const angle = Math.atan2(joint.y - ahead.y, joint.x - ahead.x);
    joint.x = ahead.x + Math.cos(angle) * gap;
    joint.y = ahead.y + Math.sin(angle) * gap;
  }
}

export function paintKoi(pen: CanvasRenderingContext2D, koi: Koi): void {
  const line = undulating(koi);
  const outline = around(line, koi.length);
  pen.save();
  pen.translate(koi.length * 0.07, koi.length * 0.12);
  pen.fillStyle = "rgba(0, 18, 20, 0.28)";
  pen.fill(outline);
  pen.restore();
  paintFins(pen, koi, line);
  pen.fillStyle = koi.body;
  pen.fill(outline);
  pen.save();
  pen.clip(outline);
  for (const spot of koi.patches) paintPatch(pen, koi, line, spot);
  paintRidge(pen, koi, line);
  pen.restore();
  paintEyes(pen, koi, line);
}

function undulating(koi: Koi): Point[] {
  return koi.spine.map((joint, i) => {
    const t = i / (JOINTS - 1);
    const sway = Math.sin(koi.phase * 1.6 - t * 4.2) * koi.length * 0.045 * t * t;
    const across = angleAt(koi.spine, i) + Math.PI / 2;
    return { x: joint.x + Math.cos(across) * sway, y: joint.y + Math.sin(across) * sway };
  });
}

function angleAt(line: readonly Point[], i: number): number {
  const ahead = line[Math.max(0, i - 1)]!;
  const behind = line[Math.min(line.length - 1, i + 1)]!;
  return Math.atan2(ahead.y - behind.y, ahead.x - behind.x);
}

/** Half the width of the body, from the nose (0) to the root of the tail (1). */
function girth(t: number, length: number): number {
  const nose = Math.sqrt(Math.min(1, t / 0.16 + 0.12));
  const taper = Math.cos(Math.max(0, t - 0.2) * 1.78);
  return length * 0.108 * nose * Math.max(0.13, taper);
}

function beside(line: readonly Point[], i: number, distance: number): Point {
  const across = angleAt(line, i) + Math.PI / 2;
  const joint = line[i]!;
  return { x: joint.x + Math.cos(across) * distance, y: joint.y + Math.sin(across) * distance };
}

function around(line: readonly Point[], length: number): Path2D {
  const side = (sign: number) => line.map((_, i) => beside(line, i, sign * girth(i / (JOINTS - 1), length)));
  return smooth([...side(1), ...side(-1).reverse()]);
}

function smooth(points: readonly Point[]): Path2D {
  const path = new Path2D();
  const last = points[points.length - 1]!;
  path.moveTo((last.x + points[0]!.x) / 2, (last.y + points[0]!.y) / 2);
  points.forEach((point, i) => {
    const next = points[(i + 1) % points.length]!;
    path.quadraticCurveTo(point.x, point.y, (point.x + next.x) / 2, (point.y + next.y) / 2);
  });
  return path;
}

function paintPatch(pen: CanvasRenderingContext2D, koi: Koi, line: readonly Point[], spot: Patch): void {
  const i = Math.round(spot.at * (JOINTS - 1));
  const radius = girth(spot.at, koi.length) * (0.55 + spot.size * 0.5);
  const centre = beside(line, i, girth(spot.at, koi.length) * spot.side);
  pen.fillStyle = spot.color;
  pen.beginPath();
  pen.ellipse(centre.x, centre.y, radius * 1.5, radius, angleAt(line, i) + spot.side, 0, Math.PI * 2);
  pen.fill();
}

function paintRidge(pen: CanvasRenderingContext2D, koi: Koi, line: readonly Point[]): void {
  pen.lineCap = "round";
  pen.strokeStyle = "rgba(255, 255, 255, 0.34)";
  pen.lineWidth = koi.length * 0.03;
  pen.beginPath();
  line.slice(2, 13).forEach((joint, i) => (i ? pen.lineTo(joint.x, joint.y) : pen.moveTo(joint.x, joint.y)));
  pen.stroke();
}

function paintFins(pen: CanvasRenderingContext2D, koi: Koi, line: readonly Point[]): void {
  pen.fillStyle = "rgba(255, 240, 226, 0.5)";
  const flap = Math.sin(koi.phase * 1.1) * 0.18;
  for (const sign of [1, -1]) {
    fin(pen, line, 5, sign * (2.15 + flap), koi.length * 0.2, koi.length * 0.055);
    fin(pen, line, 10, sign * (2.5 - flap), koi.length * 0.1, koi.length * 0.03);
  }
  const sway = Math.sin(koi.phase * 1.6 - 4.6) * 0.35;
  for (const sign of [1, -1]) fin(pen, line, JOINTS - 1, Math.PI + sway + sign * 0.3, koi.length * 0.27, koi.length * 0.05);
}

function fin(pen: CanvasRenderingContext2D, line: readonly Point[], i: number, turn: number, long: number, wide: number): void {
  const angle = angleAt(line, i) + turn;
  const root = line[i]!;
  pen.beginPath();
  pen.ellipse(root.x + (Math.cos(angle) * long) / 2, root.y + (Math.sin(angle) * long) / 2, long / 2, wide, angle, 0, Math.PI * 2);
  pen.fill();
}

function paintEyes(pen: CanvasRenderingContext2D, koi: Koi, line: readonly Point[]): void {
  pen.fillStyle = INK;
  for (const sign of [1, -1]) {
    const eye = beside(line, 1, sign * girth(1 / JOINTS, koi.length) * 0.74);
    pen.beginPath();
    pen.arc(eye.x, eye.y, koi.length * 0.013, 0, Math.PI * 2);
    pen.fill();
  }
}
