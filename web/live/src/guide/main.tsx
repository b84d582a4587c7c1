import { render } from "preact";
import { App } from "./app.tsx";
import "../styles/base.css";
import "../styles/page.css";
import "../styles/sheets.css";
import "../styles/forms.css";
import "../styles/guide/frame.css";
import "../styles/guide/today.css";
import "../styles/guide/money.css";
import "../styles/guide/sharing.css";

render(<App />, document.getElementById("guide")!);
