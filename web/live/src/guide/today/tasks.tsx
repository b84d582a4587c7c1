import { useState } from "preact/hooks";
import { useClient } from "../../api/use-client.ts";
import { useLoad } from "../../parts/load.tsx";
import { when } from "../../parts/when.ts";
import { TASK_PROGRESS, TASKS } from "../api/documents.ts";
import type { Assignment, Goal } from "../api/types.ts";
import { useWords } from "../locale.ts";
import { useFollowing } from "../parts/following.ts";
import { HandIn } from "./hand-in.tsx";

/** One's tasks, with how far each goal is, as it happens. What one hands in is nobody else's news: it is asked for. */
export function TasksPanel({ onChange }: { onChange(): void }) {
  const words = useWords();
  const client = useClient();
  const [told, setTold] = useState<Assignment[] | null>(null);
  const [handingIn, setHandingIn] = useState<{ assignment: Assignment; goal: Goal } | null>(null);
  const asked = useLoad(async () => {
    const { nodes } = (await client.request<{ myTasks: { nodes: Assignment[] } }>(TASKS)).myTasks;
    setTold((known) => known?.map((one) => nodes.find(({ id }) => id === one.id) ?? one) ?? null);
    return nodes;
  }, [client]);
  useFollowing<{ taskProgress: { assignments: Assignment[] } }>(TASK_PROGRESS, {}, "tasks", ({ taskProgress }) => {
    if (told) onChange();
    setTold(taskProgress.assignments);
  });
  const tasks = told ?? asked.value;
  return (
    <section class="panel" aria-label={words.tasks}>
      <h2>{words.tasks}</h2>
      {!tasks?.length && <p class="muted tasks-none">{tasks ? words.tasksNone : asked.failure}</p>}
      {tasks?.map((assignment) => (
        <Task key={assignment.id} assignment={assignment} onHandIn={(goal) => setHandingIn({ assignment, goal })} />
      ))}
      {handingIn && <HandIn {...handingIn} onClose={() => setHandingIn(null)} onDone={asked.reload} />}
    </section>
  );
}

function Task({ assignment, onHandIn }: { assignment: Assignment; onHandIn(goal: Goal): void }) {
  const words = useWords();
  const { state, task, endsAt, urges, progress, evidence } = assignment;
  const isOpen = state === "TODO" || state === "DOING";
  return (
    <article class="task" data-state={state}>
      <header>
        <strong>{task.title}</strong>
        {urges > 0 && isOpen && <em class="tag">{words.urged}</em>}
        <em class={`state ${state}`}>{words.taskState[state]}</em>
      </header>
      <p class="muted">
        {task.description && `${task.description} · `}
        {words.until(when(endsAt, words.lang))}
      </p>
      {progress.map((goal) => (
        <div key={goal.kind} class="goal" data-goal={goal.kind}>
          <span>{words.taskKind[goal.kind]}</span>
          <span>{words.of(goal.done, goal.target)}</span>
          <progress max={goal.target} value={Math.min(goal.done, goal.target)} aria-label={words.taskKind[goal.kind]} />
          {goal.proof === "EVIDENCE" && isOpen && goal.done < goal.target && (
            <button class="quiet" onClick={() => onHandIn(goal)}>
              {words.handInFor(words.taskKind[goal.kind] ?? goal.kind)}
            </button>
          )}
        </div>
      ))}
      {evidence.map((one) => (
        <p key={one.id} class="evidence" data-state={one.state}>
          <em class={`state ${one.state}`}>{words.evidenceState[one.state]}</em>
          {one.text || words.taskKind[one.kind]} × {one.count}
          {one.note && <small class="muted block">{one.note}</small>}
        </p>
      ))}
    </article>
  );
}
