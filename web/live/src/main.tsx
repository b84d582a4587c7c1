import { render } from "preact";
import { App } from "./app.tsx";
import "./styles/stage.css";
import "./styles/room.css";
import "./styles/sheets.css";

render(<App />, document.getElementById("stage")!);
