import { useClient } from "../../api/use-client.ts";
import { Avatar } from "../../parts/avatar.tsx";
import { Shown } from "../../parts/load.tsx";
import { day } from "../../parts/when.ts";
import { MEMBERS } from "../api/documents.ts";
import type { BoundMember, Part } from "../api/types.ts";
import { useWords, type Words } from "../locale.ts";
import { More, usePages } from "../parts/pages.tsx";

type Members = Part<BoundMember> & { totalCount: { value: number } };

/** The members who are the guide's customers: by masked name, since when, and until when nobody takes them over. */
export function MembersPage() {
  const words = useWords();
  const client = useClient();
  const pages = usePages(
    async (after) => (await client.request<{ myBoundMembers: Members }>(MEMBERS, { after })).myBoundMembers,
    (members) => members,
    [client],
  );
  return (
    <>
      <h1>{words.members}</h1>
      <Shown of={pages.first} gone={words.gone}>
        {({ totalCount }) => (
          <>
            <p class="muted">{totalCount.value > 0 ? words.membersCount(totalCount.value) : words.membersNone}</p>
            <ul class="people">
              {pages.all.flatMap(({ nodes }) => nodes).map((member) => (
                <li key={member.id} class="panel">
                  <Avatar name={member.name} url={member.avatarUrl} />
                  <span>
                    <strong>{member.name}</strong>
                    <small class="muted block">{words.boundAt(day(member.boundAt, words.lang))}</small>
                    <small class={isLosable(member) ? "warn block" : "muted block"}>{protectionOf(member, words)}</small>
                    {member.expiresAt && <small class="muted block">{words.expiresAt(day(member.expiresAt, words.lang))}</small>}
                    {member.endsAt && <small class="warn block">{words.endsAt(day(member.endsAt, words.lang))}</small>}
                  </span>
                </li>
              ))}
            </ul>
            <More of={pages} />
          </>
        )}
      </Shown>
    </>
  );
}

function isLosable({ protectedUntil }: BoundMember): boolean {
  return protectedUntil !== null && Date.parse(protectedUntil) <= Date.now();
}

function protectionOf(member: BoundMember, words: Words): string {
  if (member.protectedUntil === null) return words.protectedForGood;
  return isLosable(member) ? words.unprotected : words.protectedUntil(day(member.protectedUntil, words.lang));
}
