"""Post blocks: what a post is made of, from top to bottom."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from domain import content as rules
from domain.identity import Scope
from domain.refusals import BadInput
from resolvers import content
from schema.access import attribute, batched, object_type
from schema.catalogue import Product
from schema.ids import Kind, key_of


@object_type(scope=Scope.VISITOR, description="A paragraph of plain text.", record=rules.Paragraph)
class ParagraphBlock:
    text: str = attribute("The text; line breaks count.")


@object_type(scope=Scope.VISITOR, description="A heading.", record=rules.Heading)
class HeadingBlock:
    text: str = attribute("The text.")
    level: int = attribute("1 for the largest, to 3.")


@object_type(scope=Scope.VISITOR, description="A picture.", record=rules.Image)
class ImageBlock:
    url: str = attribute("Where it is.")
    alt: str = attribute("What it shows, for those who do not see it; may be empty.")
    caption: str = attribute("What stands below it; may be empty.")


@object_type(scope=Scope.VISITOR, description="A video.", record=rules.Video)
class VideoBlock:
    url: str = attribute("Where it is.")
    cover_url: str | None = attribute("The picture to show before it plays.")
    caption: str = attribute("What stands below it; may be empty.")


@object_type(scope=Scope.VISITOR, description="A recording.", record=rules.Audio)
class AudioBlock:
    url: str = attribute("Where it is.")
    title: str = attribute("What it is; may be empty.")


@object_type(scope=Scope.VISITOR, description="HTML from an article that was written elsewhere.", record=rules.Html)
class HtmlBlock:
    html: str = attribute("Sanitised: no scripts, styles or forms.")


@object_type(scope=Scope.VISITOR, description="A product in the run of the text.", record=rules.ProductMention)
class ProductBlock:
    product: Product | None = batched(
        content.products_mentioned, "The product; null when the caller may not know of it."
    )


PostBlock = Annotated[
    ParagraphBlock | HeadingBlock | ImageBlock | VideoBlock | AudioBlock | HtmlBlock | ProductBlock,
    strawberry.union("PostBlock", description="A part of a post."),
]


@strawberry.input(description="A paragraph of plain text.")
class ParagraphBlockInput:
    text: str = strawberry.field(description="1 to 5,000 characters.")

    def value(self) -> rules.Block:
        return rules.Paragraph(self.text)


@strawberry.input(description="A heading.")
class HeadingBlockInput:
    text: str = strawberry.field(description="1 to 100 characters.")
    level: int = strawberry.field(default=1, description="1 for the largest, to 3.")

    def value(self) -> rules.Block:
        return rules.Heading(self.text, self.level)


@strawberry.input(description="A picture.")
class ImageBlockInput:
    url: str = strawberry.field(description="http, https or a path on this host; at most 1,000 characters.")
    alt: str = strawberry.field(default="", description="What it shows; with the caption at most 1,000 characters.")
    caption: str = strawberry.field(default="", description="What stands below it.")

    def value(self) -> rules.Block:
        return rules.Image(self.url, self.alt, self.caption)


@strawberry.input(description="A video.")
class VideoBlockInput:
    url: str = strawberry.field(description="http, https or a path on this host; at most 1,000 characters.")
    cover_url: str | None = strawberry.field(default=None, description="The picture to show before it plays.")
    caption: str = strawberry.field(default="", description="What stands below it, at most 500 characters.")

    def value(self) -> rules.Block:
        return rules.Video(self.url, self.cover_url, self.caption)


@strawberry.input(description="A recording.")
class AudioBlockInput:
    url: str = strawberry.field(description="http, https or a path on this host; at most 1,000 characters.")
    title: str = strawberry.field(default="", description="What it is, at most 200 characters.")

    def value(self) -> rules.Block:
        return rules.Audio(self.url, self.title)


@strawberry.input(description="HTML from an article that was written elsewhere.")
class HtmlBlockInput:
    html: str = strawberry.field(description="1 to 200,000 characters; sanitised.")

    def value(self) -> rules.Block:
        return rules.Html(self.html)


@strawberry.input(description="A product in the run of the text.")
class ProductBlockInput:
    product_id: strawberry.ID = strawberry.field(description="Which product.")

    def value(self) -> rules.Block:
        return rules.ProductMention(key_of(Kind.PRODUCT, self.product_id, "input", "blocks"))


@strawberry.input(description="A part of a post. Exactly one of its fields is given.", one_of=True)
class PostBlockInput:
    paragraph: ParagraphBlockInput | None = strawberry.field(default=UNSET, description="Plain text.")
    heading: HeadingBlockInput | None = strawberry.field(default=UNSET, description="A heading.")
    image: ImageBlockInput | None = strawberry.field(default=UNSET, description="A picture.")
    video: VideoBlockInput | None = strawberry.field(default=UNSET, description="A video.")
    audio: AudioBlockInput | None = strawberry.field(default=UNSET, description="A recording.")
    html: HtmlBlockInput | None = strawberry.field(default=UNSET, description="Sanitised HTML.")
    product: ProductBlockInput | None = strawberry.field(default=UNSET, description="A product.")

    def value(self) -> rules.Block:
        """The block that is described.

        Raises:
            NotFound: its product is none.
        """
        given: list[Any] = [one for one in vars(self).values() if one not in (None, UNSET)]
        if len(given) != 1:
            raise BadInput("exactly one kind of block", "每个内容块必须且只能是一种类型", path=("input", "blocks"))
        block: rules.Block = given[0].value()
        return block
