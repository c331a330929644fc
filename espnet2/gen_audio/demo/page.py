"""The page: fields on the left, sound and spectrogram on the right."""

import argparse
from typing import Any

from espnet2.gen_audio.demo.fields import Field, is_shown, served_choices
from espnet2.gen_audio.demo.sound_maker import SoundMaker

KEPT_S = 24 * 3600  # seconds for which uploads and sounds are kept
LINES = {"prompt": 2, "transcript": 2, "span": 2}


def build_page(maker: SoundMaker) -> Any:
    """Build the page.

    Args:
        maker: What makes the sounds.

    Returns:
        The page, a ``gradio.Blocks``.
    """
    import gradio as gr

    fields = maker.fields
    with gr.Blocks(
        title="gen_audio", analytics_enabled=False, delete_cache=(3600, KEPT_S)
    ) as page:
        gr.Markdown(f"## gen_audio\n`{maker.args.model}`")
        with gr.Row():
            with gr.Column():
                inputs = [_entry(maker, each) for each in fields if not each.is_further]
                with gr.Accordion("further options", open=False):
                    inputs += [
                        _entry(maker, each) for each in fields if each.is_further
                    ]
                button = gr.Button("generate", variant="primary", elem_id="generate")
            with gr.Column():
                outputs = _results()
        ordered = sorted(fields, key=lambda field: field.is_further)
        names = [field.option for field in ordered]
        by_name = dict(zip(names, inputs))

        def make(*entries: Any, progress: Any = gr.Progress()) -> tuple[Any, ...]:
            """Answer a request."""

            def watch(steps: Any) -> Any:
                """Show the solver steps."""
                return progress.tqdm(steps, desc="sampling", unit="steps")

            answer = maker.answer(dict(zip(names, entries)), watch)
            files = (answer.sound, answer.picture, answer.sound)
            shown = [None if file is None else str(file) for file in files]
            return *shown, answer.text, answer.command

        def show(task: str) -> list[Any]:
            """Show the fields that a task reads."""
            return [gr.update(visible=is_shown(name, task)) for name in names]

        gr.on(
            [button.click, by_name["prompt"].submit],
            make,
            inputs,
            outputs,
            concurrency_limit=1,  # the others wait
            api_visibility="private",
        )
        by_name["task"].change(
            show,
            by_name["task"],
            inputs,
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
    return page


def _entry(maker: SoundMaker, field: Field) -> Any:
    """Return the component of a field."""
    import gradio as gr

    (action,) = [each for each in maker.parser._actions if each.dest == field.option]
    start = maker.start_of(field.option)
    usual: dict[str, Any] = {
        "label": field.title,
        "elem_id": f"field-{field.option}",
        "visible": is_shown(field.option, maker.args.task),
    }
    if field.form == "sound":
        return gr.Audio(type="filepath", sources=["upload", "microphone"], **usual)
    usual |= {"value": start, "info": _help_of(action)}
    if field.form == "flag":
        return gr.Checkbox(**usual)
    if field.form == "choice":
        choices = served_choices(action, maker.text2audio.system)
        return gr.Dropdown(choices, **usual)
    lines = LINES.get(field.option, 1)
    return gr.Textbox(lines=lines, max_lines=max(lines, 8), **usual)


def _help_of(action: argparse.Action) -> str:
    """Return the help of an option as text."""
    return (action.help or "").replace("%%", "%")


def _results() -> list[Any]:
    """Return the components of an answer."""
    import gradio as gr

    return [
        gr.Audio(
            label="sound", interactive=False, buttons=["download"], elem_id="sound"
        ),
        gr.Image(
            show_label=False, interactive=False, buttons=[], elem_id="spectrogram"
        ),
        gr.DownloadButton("download the sound", elem_id="file"),
        gr.Textbox(label="what it took", lines=2, interactive=False, elem_id="answer"),
        gr.Textbox(
            label="the same sound by the command",
            lines=2,
            interactive=False,
            buttons=["copy"],
            elem_id="command",
        ),
    ]
