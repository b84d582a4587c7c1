/** A red packet (红包), closed. */
export function PacketIcon() {
  return (
    <svg class="packet-icon" viewBox="0 0 48 48" aria-hidden="true">
      <rect x="9" y="3" width="30" height="42" rx="5" fill="#e2352a" />
      <path d="M9 8a5 5 0 0 1 5-5h20a5 5 0 0 1 5 5v9c-9 6-21 6-30 0z" fill="#f4573a" />
      <circle cx="24" cy="21" r="7" fill="#ffd27a" />
      <path d="M20.5 18l3.5 4 3.5-4M24 22v5M21 23.500h6" fill="none" stroke="#c5471d" stroke-width="1.6" stroke-linecap="round" />
    </svg>
  );
}
