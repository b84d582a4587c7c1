/** A lucky bag (福袋): a red pouch, tied with gold. */
export function BagIcon() {
  return (
    <svg class="bag-icon" viewBox="0 0 48 48" aria-hidden="true">
      <path d="M14 17C7 23 4 30 5 37c1 6 8 8 19 8s18-2 19-8c1-7-2-14-9-20z" fill="#e8402f" />
      <path d="M14 17C7 23 4 30 5 37c1 4 4 6 9 7-3-9-2-19 4-27z" fill="#c92c22" opacity=".55" />
      <path d="M12 5c4 2 5-2 8 0s5 2 8 0 4 2 8 0l-4 10H16z" fill="#f45b3d" />
      <path d="M14 13h20c1.7 0 3 1.3 3 3s-1.3 3-3 3H14c-1.7 0-3-1.3-3-3s1.3-3 3-3z" fill="#ffd27a" />
      <circle cx="24" cy="32" r="9" fill="#ffd98f" />
      <path d="M24 25.500l2 4.5 4.8.5-3.6 3.2 1 4.8-4.2-2.5-4.2 2.5 1-4.8-3.6-3.2 4.8-.5z" fill="#e2352a" />
    </svg>
  );
}
