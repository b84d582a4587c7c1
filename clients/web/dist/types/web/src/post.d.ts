import type { Post } from "../../core/src/index.js";
export declare const post: Post;
