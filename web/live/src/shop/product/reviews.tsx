import { Avatar } from "../../parts/avatar.tsx";
import { day } from "../../parts/when.ts";
import type { Product, Review } from "../api/types.ts";
import { useWords } from "../locale.ts";

const MOST_STARS = 5;

/** What buyers say. Text is only ever text. */
export function Reviews({ rating, reviews }: { rating: Product["rating"]; reviews: readonly Review[] }) {
  const words = useWords();
  return (
    <section class="panel reviews">
      <h2>
        {words.reviews(rating.count)}
        {rating.averageTenths !== null && <small class="muted"> {words.rating((rating.averageTenths / 10).toFixed(1))}</small>}
      </h2>
      {reviews.length === 0 && <p class="muted">{words.reviewsNone}</p>}
      <ul>
        {reviews.map((review) => (
          <li key={review.id}>
            <Avatar name={review.author?.nickname ?? words.anonymous} />
            <span>
              <strong>{review.author?.nickname ?? words.anonymous}</strong>
              <Stars many={review.stars} />
              <small class="muted">
                {review.variantName} · {day(review.createdAt, words.lang)}
              </small>
              <p>{review.text}</p>
              {review.pictures.length > 0 && (
                <span class="review-pictures">
                  {review.pictures.map((url) => (
                    <img key={url} src={url} alt="" loading="lazy" />
                  ))}
                </span>
              )}
              {review.reply && (
                <p class="reply">
                  {words.replied}: {review.reply}
                </p>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Stars({ many }: { many: number }) {
  const words = useWords();
  return (
    <span class="stars" role="img" aria-label={words.starsOf(many)}>
      {"★".repeat(many)}
      {"☆".repeat(MOST_STARS - many)}
    </span>
  );
}
