import { render } from "preact";
import { App } from "./app.tsx";
import "../styles/base.css";
import "../styles/sheets.css";
import "../styles/forms.css";
import "../styles/page.css";
import "../styles/shop/frame.css";
import "../styles/shop/home.css";
import "../styles/shop/product.css";
import "../styles/shop/checkout.css";
import "../styles/shop/orders.css";
import "../styles/shop/post.css";

render(<App />, document.getElementById("shop")!);
