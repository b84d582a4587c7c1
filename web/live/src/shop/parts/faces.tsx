import { Avatar } from "../../parts/avatar.tsx";
import type { Group } from "../api/types.ts";
import { useWords } from "../locale.ts";

/** Who is in a group, and the seats that are free. */
export function Faces({ group, named = false }: { group: Group; named?: boolean }) {
  const words = useWords();
  const free = Math.max(0, group.size - group.members.length);
  return (
    <ul class={named ? "faces named" : "faces"}>
      {group.members.map(({ member, leads, won }) => (
        <li key={member.id}>
          <Avatar name={member.nickname} url={member.avatarUrl} />
          {named && <span>{member.nickname}</span>}
          {leads && <em>{words.leader}</em>}
          {won && <em class="won">{words.won}</em>}
        </li>
      ))}
      {group.state === "FORMING" &&
        Array.from({ length: Math.min(free, named ? free : 5) }, (_, place) => (
          <li key={place} class="free">
            <span class="avatar" aria-hidden="true">
              ?
            </span>
            {named && <span>{words.seat}</span>}
          </li>
        ))}
    </ul>
  );
}
