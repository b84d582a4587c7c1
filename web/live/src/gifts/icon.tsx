/** Small drawings for the gifts that a shop starts with; any other gift is a parcel. */
const DRAWINGS: Record<string, { color: string; path: string }> = {
  rose: { color: "#ff6b81", path: "M16 3c4 0 8 3 8 7 0 5-4 8-8 8s-8-3-8-8c0-4 4-7 8-7zm-1 16h2v10h-2zm2 6c1-4 4-5 7-5-1 4-3 6-7 5zM16 6c-3 1-4 4-2 6 3 0 5-1 5-4l-3 2z" },
  heart: { color: "#ff4d6a", path: "M16 28C8 22 3 17 3 11a7 7 0 0 1 13-3 7 7 0 0 1 13 3c0 6-5 11-13 17z" },
  lotus: { color: "#ff9fb5", path: "M16 4c4 4 5 10 0 18-5-8-4-14 0-18zM4 13c6-1 10 3 11 10C8 24 4 19 4 13zm24 0c-6-1-10 3-11 10 7 1 11-4 11-10zM5 25h22c-3 3-7 4-11 4s-8-1-11-4z" },
  koi: { color: "#ff7a45", path: "M3 16c4-8 14-9 20-2l6-5c-1 4-1 10 0 14l-6-5C17 25 7 24 3 16zm6-2.5a1.6 1.6 0 1 0 .1 0z" },
  tea: { color: "#7fd1a5", path: "M5 12h18v3h2a4 4 0 0 1 0 9h-3c-1 3-4 4-8 4s-9-3-9-9zm18 6v3h2a1.5 1.5 0 0 0 0-3zM10 3c2 2-1 3 1 6h-2c-2-3 1-4-1-6zm6 0c2 2-1 3 1 6h-2c-2-3 1-4-1-6z" },
  star: { color: "#ffd257", path: "M16 2l4.3 8.9 9.7 1.3-7.1 6.7 1.8 9.6L16 23.9l-8.7 4.6 1.8-9.6L2 12.2l9.7-1.3z" },
  rocket: { color: "#7fb4ff", path: "M16 2c5 4 7 9 6 16l4 5-1 5-5-4h-8l-5 4-1-5 4-5C9 11 11 6 16 2zm0 8a3 3 0 1 0 .1 0zM14 26h4l-2 5z" },
  crown: { color: "#ffc53d", path: "M3 9l7 6 6-11 6 11 7-6-3 15H6zM6 26h20v3H6z" },
};

const PARCEL = { color: "#ffb35c", path: "M4 10h11v7H4zm13 0h11v7H17zM6 19h9v9H6zm11 0h9v9h-9zM16 9c-6 1-9-1-8-4s6-2 8 4c2-6 7-7 8-4s-2 5-8 4z" };

export function GiftIcon({ code }: { code: string }) {
  const { color, path } = drawing(code.toLowerCase());
  return (
    <svg class="gift-icon" viewBox="0 0 32 32" style={{ color }} aria-hidden="true">
      <path d={path} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}

function drawing(code: string) {
  return Object.entries(DRAWINGS).find(([name]) => code.includes(name))?.[1] ?? PARCEL;
}
