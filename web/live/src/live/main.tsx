import { render } from "preact";
import { App } from "./app.tsx";
import "../styles/base.css";
import "../styles/stage.css";
import "../styles/room.css";
import "../styles/passing.css";
import "../styles/badges.css";
import "../styles/lower.css";
import "../styles/bar.css";
import "../styles/sheets.css";
import "../styles/gifts.css";
import "../styles/draws.css";
import "../styles/red-packets.css";
import "../styles/boards.css";
import "../styles/forms.css";
import "../styles/narrow.css";

render(<App />, document.getElementById("stage")!);
