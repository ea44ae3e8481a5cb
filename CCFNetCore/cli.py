"""The command ``ccfnet``."""

import argparse
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import CCFNetError, UsageError
from .unexpected import sentence_of

if TYPE_CHECKING:
    from .detector import Detector
    from .evaluation.outcomes import Outcomes
    from .training.data import Record

EXIT_OK, EXIT_FAILED, EXIT_USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: 0 all went well, 1 something failed, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, TextIOWrapper):
        # A file's name need not be Unicode, nor the terminal know every letter.
        sys.stdout.reconfigure(errors="backslashreplace")
    exit_code = _run(options)
    try:
        sys.stdout.flush()
    except OSError as error:
        # Python would try again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        is_said = exit_code != EXIT_OK or isinstance(error, BrokenPipeError)
        return EXIT_FAILED if is_said else _fail(sentence_of(error))
    return exit_code


def _run(options: argparse.Namespace) -> int:
    try:
        return options.run(options)
    except UsageError as error:
        _fail(error)
        return EXIT_USAGE
    except BrokenPipeError:
        # Whoever read the output has seen enough, as in "ccfnet models | head".
        return EXIT_FAILED
    except Exception as error:
        return _fail(sentence_of(error))
    except KeyboardInterrupt as stop:
        print(f"ccfnet: stopped{''.join(f'; {how}' for how in stop.args)}.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ccfnet",
        description="Finds and reads the vertebrae L1-L5 and the discs T12-L1 to L5-S1 in lumbar spine MR. "
        "Research use only.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_predict(commands)
    _add_series(commands)
    _add_cohort(commands)
    _add_phantom(commands)
    _add_models(commands)
    _add_import(commands)
    _add_refine(commands)
    _add_train(commands)
    _add_average(commands)
    _add_fit_reader(commands)
    _add_compare(commands)
    _add_evaluate(commands)
    _add_calibrate(commands)
    _add_fit_confidence(commands)
    _add_report(commands)
    _add_export(commands)
    return parser


def _add_predict(commands: argparse._SubParsersAction) -> None:
    predict = commands.add_parser("predict", help="read volumes, DICOM folders or pictures")
    predict.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help="NIfTI, NRRD, MHA, PNG or DICOM folder")
    predict.add_argument("--output", required=True, type=Path, metavar="DIR", help="where NAME.json goes")
    predict.add_argument(
        "--series", metavar="ID", help="the series to read in a DICOM folder, as 'ccfnet series' names it, or UID"
    )
    _add_progress(predict)
    _add_model_options(predict)
    predict.set_defaults(run=_predict)


def _add_series(commands: argparse._SubParsersAction) -> None:
    series = commands.add_parser("series", help="list what lies in a DICOM folder, and which series would be read")
    series.add_argument("folder", type=Path, metavar="FOLDER")
    series.add_argument("--json", action="store_true", help="as JSON instead of a table")
    series.set_defaults(run=_series)


def _add_cohort(commands: argparse._SubParsersAction) -> None:
    cohort = commands.add_parser("cohort", help="read all studies below a folder or on a DICOMweb server")
    cohort.add_argument("input", nargs="?", type=Path, metavar="INPUT_FOLDER", help="DICOM and volume files, mixed")
    cohort.add_argument("--output", required=True, type=Path, metavar="DIR", help="where results and tables go")
    cohort.add_argument("--resume", action="store_true", help="go on with what is in DIR")
    cohort.add_argument("--html", action="store_true", help="also write index.html, and a report of each study")
    cohort.add_argument("--scheduler", metavar="ADDRESS_OR_FILE", help="read on the workers of this Dask scheduler")
    server = cohort.add_argument_group("from a server instead of a folder")
    server.add_argument("--dicomweb", metavar="URL", help="of its DICOMweb services")
    server.add_argument("--modality", default="MR", help="(default: %(default)s)")
    server.add_argument("--body-part", metavar="PART", help="such as LSPINE")
    server.add_argument("--from", dest="first_date", type=_date, metavar="DATE", help="first date, YYYY-MM-DD")
    server.add_argument("--to", dest="last_date", type=_date, metavar="DATE", help="last date, YYYY-MM-DD")
    server.add_argument("--store-sr", action="store_true", help="store a DICOM report of each study there")
    _add_progress(cohort)
    _add_model_options(cohort)
    cohort.set_defaults(run=_cohort)


def _add_phantom(commands: argparse._SubParsersAction) -> None:
    phantom = commands.add_parser("phantom", help="write a drawn example study as DICOM, with its true landmarks")
    phantom.add_argument("output", type=Path, metavar="DIR")
    phantom.add_argument("--seed", type=int, default=0, help="which study to draw (default: %(default)s)")
    phantom.set_defaults(run=_phantom)


def _add_models(commands: argparse._SubParsersAction) -> None:
    models = commands.add_parser("models", help="list the models that come with the package")
    models.set_defaults(run=_models)


def _add_import(commands: argparse._SubParsersAction) -> None:
    from .importers import FORMATS

    formats = "; ".join(f"{name} ({meaning})" for name, meaning in FORMATS.items())
    importing = commands.add_parser("import", help="turn a public data set into pictures with landmarks")
    importing.add_argument("format", choices=FORMATS, metavar="FORMAT", help=formats)
    importing.add_argument("source", type=Path, metavar="SOURCE", help="folder of the data set")
    importing.add_argument("--output", required=True, type=Path, metavar="DIR", help="where landmarks.json goes")
    importing.set_defaults(run=_import)


def _add_refine(commands: argparse._SubParsersAction) -> None:
    refine = commands.add_parser("refine", help="move approximate landmarks to where models see the structures")
    refine.add_argument("data", type=Path, metavar="DIR", help="folder with landmarks.json")
    refine.add_argument("--output", required=True, type=Path, metavar="DIR", help="where the new landmarks.json goes")
    _add_model_options(refine, several=True)
    refine.set_defaults(run=_refine)


def _add_train(commands: argparse._SubParsersAction) -> None:
    train = commands.add_parser("train", help="train on pictures with landmarks, or go on with a run")
    train.add_argument("config", type=Path, metavar="CONFIG", help="JSON file with the fields of TrainingConfig")
    train.add_argument("--data", required=True, nargs="+", type=Path, metavar="DIR", help="folders with landmarks.json")
    train.add_argument("--output", required=True, type=Path, metavar="DIR", help="where checkpoints and model go")
    train.add_argument("--fold", type=int, help="fold to hold out instead of the config's; -1 for none")
    train.add_argument("--start-from", metavar="MODEL", help="model file to start from instead of the config's")
    train.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    train.set_defaults(run=_train)


def _add_average(commands: argparse._SubParsersAction) -> None:
    average = commands.add_parser("average", help="average the weights of a model and of those that go on from it")
    average.add_argument("models", nargs="+", type=Path, metavar="MODEL", help="model files")
    average.add_argument("--output", required=True, type=Path, metavar="FILE", help="the averaged model file")
    average.set_defaults(run=_average)


def _add_fit_reader(commands: argparse._SubParsersAction) -> None:
    fit_reader = commands.add_parser("fit-reader", help="add a reader, which looks at close-ups, to a model")
    fit_reader.add_argument("model", type=Path, metavar="MODEL", help="model file")
    fit_reader.add_argument(
        "--data", required=True, nargs="+", type=Path, metavar="DIR", help="folders with landmarks.json"
    )
    fit_reader.add_argument("--output", required=True, type=Path, metavar="FILE", help="the model file with a reader")
    fit_reader.set_defaults(run=_fit_reader)


def _add_compare(commands: argparse._SubParsersAction) -> None:
    compare = commands.add_parser("compare", help="train both trunks with and without context, and compare them")
    compare.add_argument("--data", required=True, nargs="+", type=Path, metavar="DIR", help="measured on the first")
    compare.add_argument("--config", type=Path, metavar="CONFIG", help="budget of each (default: compare.json)")
    compare.add_argument("--steps", type=int, help="steps of each training instead of the config's")
    compare.add_argument("--output", required=True, type=Path, metavar="DIR", help="where VARIANT/fold-K go")
    compare.add_argument("--fold", nargs="+", action="extend", type=int, help="folds to hold out (default: all)")
    compare.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    compare.set_defaults(run=_compare)


def _add_evaluate(commands: argparse._SubParsersAction) -> None:
    evaluate = commands.add_parser("evaluate", help="measure a model on pictures with landmarks")
    evaluate.add_argument("data", nargs="+", type=Path, metavar="DIR", help="folder with landmarks.json")
    evaluate.add_argument("--fold", type=int, help="only the patients of this fold of four")
    evaluate.add_argument(
        "--held-out", nargs="+", metavar="MODEL", help="measure these, each on the fold of each DIR that it never saw"
    )
    evaluate.add_argument(
        "--leave-out", nargs="+", metavar="MODEL", help="measure each DIR with the one of these that never saw it"
    )
    evaluate.add_argument("--predictions", type=Path, metavar="DIR", help="measure NAME.json in DIR instead of a model")
    evaluate.add_argument("--cut-off", action="store_true", help="also cut the pictures off above and below")
    evaluate.add_argument("--worst", type=int, metavar="N", help="also show the N pictures read worst, in worst.html")
    evaluate.add_argument("--output", type=Path, metavar="DIR", help="where the table, JSON and figures go")
    _add_model_options(evaluate, several=True)
    evaluate.set_defaults(run=_evaluate)


def _add_calibrate(commands: argparse._SubParsersAction) -> None:
    calibrate = commands.add_parser("calibrate", help="make a model's probabilities hold for patients it never saw")
    calibrate.add_argument("model", type=Path, metavar="MODEL", help="model file")
    calibrate.add_argument("--data", required=True, type=Path, metavar="DIR", help="folder with landmarks.json")
    calibrate.add_argument(
        "--held-out", required=True, nargs="+", metavar="MODEL", help="read with these, each the fold it never saw"
    )
    calibrate.add_argument("--output", required=True, type=Path, metavar="FILE", help="the calibrated model file")
    calibrate.set_defaults(run=_calibrate)


def _add_fit_confidence(commands: argparse._SubParsersAction) -> None:
    fit = commands.add_parser("fit-confidence", help="learn how far a model's places and names can be believed")
    fit.add_argument("model", type=Path, metavar="MODEL", help="model file")
    fit.add_argument("--data", required=True, nargs="+", type=Path, metavar="DIR", help="folders with landmarks.json")
    fit.add_argument(
        "--held-out", required=True, nargs="+", metavar="MODEL", help="read with these, each the fold it never saw"
    )
    fit.add_argument(
        "--leave-out", nargs="+", default=[], metavar="MODEL", help="and with these, each the folders it never saw"
    )
    fit.add_argument("--output", required=True, type=Path, metavar="FILE", help="the model file with confidences")
    fit.set_defaults(run=_fit_confidence)


def _add_report(commands: argparse._SubParsersAction) -> None:
    report = commands.add_parser("report", help="write one page for the reader of a study, to look at or print")
    report.add_argument("result", type=Path, metavar="RESULT", help="JSON file that predict wrote")
    report.add_argument("--image", type=Path, metavar="INPUT", help="what was read (default: looked for beside RESULT)")
    report.add_argument("--output", type=Path, metavar="FILE", help="(default: RESULT with the ending .html)")
    report.add_argument("--patient-name", action="store_true", help="print the name that stands in the DICOM header")
    report.set_defaults(run=_report)


def _add_export(commands: argparse._SubParsersAction) -> None:
    export = commands.add_parser("export", help="write results as a table, Slicer points or a DICOM report")
    export.add_argument("results", nargs="+", type=Path, metavar="RESULT", help="JSON file that predict wrote")
    export.add_argument("--format", required=True, choices=("csv", "json", "mrk.json", "dicom-sr"))
    export.add_argument("--output", required=True, type=Path, metavar="FILE_OR_DIR")
    export.add_argument("--dicom", type=Path, metavar="DIR", help="for dicom-sr: folder with the series that was read")
    export.set_defaults(run=_export)


def _date(text: str) -> str:
    """A date as DICOM writes it."""
    from datetime import date

    return f"{date.fromisoformat(text):%Y%m%d}"


def _add_progress(command: argparse.ArgumentParser) -> None:
    meaning = "json: how far it is for programs, one event a line, instead of text"
    command.add_argument("--progress", choices=("text", "json"), default="text", help=meaning)


def _add_model_options(command: argparse.ArgumentParser, several: bool = False) -> None:
    number = {"action": "append"} if several else {"default": "default"}
    averaged = "given several times, their maps are averaged " if several else ""
    command.add_argument("--model", **number, metavar="NAME_OR_FILE", help=f"{averaged}(default: the shipped model)")
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


def _load_averaged(options: argparse.Namespace) -> "Detector":
    from .detector import load_ensemble

    return load_ensemble(options.model or ["default"], options.device)


def _predict(options: argparse.Namespace) -> int:
    from .predict import run

    return EXIT_FAILED if run(options) else EXIT_OK


def _series(options: argparse.Namespace) -> int:
    import json

    from .images.dicom import find_series
    from .series_table import contents_as_data, print_contents

    contents = find_series(options.folder)
    contents.require_images(options.folder)
    if options.json:
        print(json.dumps(contents_as_data(contents, str(options.folder)), indent=1, allow_nan=False))
    else:
        print_contents(contents, str(options.folder))
    return EXIT_OK


def _cohort(options: argparse.Namespace) -> int:
    from .cohort.command import run

    return EXIT_FAILED if run(options) else EXIT_OK


def _phantom(options: argparse.Namespace) -> int:
    from .phantom import write_study

    series = write_study(options.seed, options.output)
    print(f"Written: {series} (DICOM series) and {options.output / 'landmarks.json'}")
    return EXIT_OK


def _models(options: argparse.Namespace) -> int:
    from .model_file import file_sha256, load_model, shipped_models

    for name, file in shipped_models().items():
        _, description = load_model(file)
        print(f"{name}  {description.trunk}  {file.stat().st_size / 1e6:.1f} MB  sha256 {file_sha256(file)}")
    return EXIT_OK


def _import(options: argparse.Namespace) -> int:
    from .importers import import_dataset

    imported = import_dataset(options.format, options.source, options.output)
    for reason in imported.passed_over:
        _fail(reason)
    for reason, count in imported.left_out.items():
        print(f"Left out: pictures {reason} ({count})")
    print(f"Written: {options.output / 'landmarks.json'} ({imported.in_words()})")
    return EXIT_FAILED if imported.passed_over else EXIT_OK


def _refine(options: argparse.Namespace) -> int:
    from .importers.refine import refine

    approximate, exact = refine(options.data, _load_averaged(options), options.output)
    print(f"Written: {options.output / 'landmarks.json'} ({exact} of {approximate} approximate pictures are exact now)")
    return EXIT_OK


def _train(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from .device import choose_device
    from .training.config import TrainingConfig
    from .training.loop import train
    from .training.processes import is_first_process

    config = TrainingConfig.read(options.config)
    if options.fold is not None:
        config = replace(config, held_out_fold=options.fold)
    if options.start_from is not None:
        config = replace(config, start_from=options.start_from)
    model = train(config, options.data, options.output, choose_device(options.device).type)
    if is_first_process():
        print(f"Written: {model}")
    return EXIT_OK


def _average(options: argparse.Namespace) -> int:
    from .training.average import average_models

    average_models(options.models, options.output)
    print(f"Written: {options.output}")
    return EXIT_OK


def _fit_reader(options: argparse.Namespace) -> int:
    from .training.reader import add_reader

    add_reader(options.model, options.data, options.output)
    print(f"Written: {options.output}")
    return EXIT_OK


def _compare(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from .device import choose_device
    from .evaluation.compare import DEFAULT_CONFIG, compare, print_comparison, write_comparison
    from .training.config import TrainingConfig

    config = TrainingConfig.read(options.config or DEFAULT_CONFIG)
    if options.steps is not None:
        config = replace(config, steps=options.steps)
    folds = sorted(set(options.fold or range(config.folds)))
    comparison = compare(options.data, config, options.output, folds, choose_device(options.device).type)
    print_comparison(comparison)
    write_comparison(comparison, config, folds, options.output)
    print(f"Written: {options.output / 'compare.md'} and {options.output / 'compare.json'}")
    return EXIT_OK


def _evaluate(options: argparse.Namespace) -> int:
    if sum(map(bool, (options.held_out, options.leave_out, options.predictions, options.cut_off))) > 1:
        raise UsageError("--held-out, --leave-out, --predictions and --cut-off do not go together.")
    if (options.held_out or options.leave_out) and options.fold is not None:
        raise UsageError("--fold goes neither with --held-out nor with --leave-out: what each model never saw is read.")
    if options.model and (options.held_out or options.leave_out or options.predictions):
        raise UsageError("--model goes with none of --held-out, --leave-out and --predictions.")
    if options.worst is not None and (options.worst < 1 or options.output is None or options.leave_out):
        raise UsageError("--worst takes a number from 1 on, needs --output, and does not go with --leave-out.")
    if options.leave_out:
        return _evaluate_left_out(options)
    if options.held_out:
        return _evaluate_held_out(options)
    if len(options.data) > 1:
        raise UsageError("Several folders are measured with --held-out or --leave-out alone.")
    return _evaluate_data_set(options.data[0], options)


def _evaluate_left_out(options: argparse.Namespace) -> int:
    from .evaluation.leave_out import measure_left_out, print_left_out, write_left_out

    rows = measure_left_out(options.data, options.leave_out, options.device)
    print_left_out(rows)
    if options.output:
        write_left_out(rows, options.output)
        print(f"Written: {options.output / 'leave-out.md'} and {options.output / 'leave-out.json'}")
    return EXIT_OK


def _evaluate_held_out(options: argparse.Namespace) -> int:
    from .evaluation.data_sets import by_name, together
    from .evaluation.held_out import collect_held_out

    folders = by_name(options.data)
    several = len(folders) > 1
    measured = {}
    for name, folder in folders.items():
        measured[name] = collect_held_out(options.held_out, folder, options.device)
        own = options.output / name if options.output and several else options.output
        _report_data_set(measured[name], name, options.worst, own)
    if several:
        _report_measures(together(measured), "all together", options.output)
    return EXIT_OK


def _evaluate_data_set(data: Path, options: argparse.Namespace) -> int:
    from .evaluation import cut_off, outcomes
    from .evaluation.data_sets import name_of

    records = outcomes.records_of(data, options.fold)
    detector = None if options.predictions else _load_averaged(options)
    if detector:
        _tell_whom_models_know(options.model or ["default"], data, records)
    predict = outcomes.by_detector(detector) if detector else outcomes.by_folder(options.predictions)
    _report_data_set(outcomes.collect(records, predict), name_of(data), options.worst, options.output)
    if options.cut_off:
        cut_off.print_cut_off(cut_off.measure_cut_off(detector, records))
    return EXIT_OK


def _report_data_set(measured: "Outcomes", name: str, worst: int | None, output: Path | None) -> None:
    """Each contrast by itself, and the pictures read worst, if asked for."""
    from .evaluation.worst import write_worst

    for contrast in sorted(set(measured.contrasts)):
        title = " ".join(filter(None, (name, contrast)))
        _report_measures(measured.of(measured.contrasts == contrast), title, output and output / contrast)
    if worst:
        write_worst(measured, worst, name, output / "worst.html")
        print(f"Written: {output / 'worst.html'}")


def _report_measures(measured: "Outcomes", title: str, output: Path | None) -> None:
    from .evaluation import report
    from .evaluation.measures import measure

    measures = measure(measured)
    report.print_measures(measures, title)
    if output:
        report.write_report(measures, measured, title, output)


def _tell_whom_models_know(models: "Sequence[str]", data: Path, records: "Sequence[Record]") -> None:
    from .evaluation.held_out import learned_from

    for model in models:
        known = learned_from(model, data, records)
        if known:
            print(
                f"ccfnet: the model {model} was trained on {known} of these {len({r.patient for r in records})} "
                "patients; on new ones it is worse than these figures.",
                file=sys.stderr,
            )


def _calibrate(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from .evaluation.calibrate import calibrated_on_others, fit_calibrations
    from .evaluation.held_out import collect_held_out
    from .evaluation.measures import KINDS, area_under_curve, calibration_error, readings
    from .model_file import load_model, load_reader, save_model

    outcomes = collect_held_out(options.held_out, options.data, "auto", calibrated=False)
    on_others = calibrated_on_others(outcomes)
    calibrations = fit_calibrations(outcomes)
    network, description = load_model(options.model)
    calibrated = replace(description, calibrations=calibrations)
    save_model(network, calibrated, options.output, load_reader(options.model))
    for kind, (own, context, bias, neighbours) in calibrations.items():
        print(
            f"{kind}: log-odds = {own:.3f} x logit + {neighbours:.3f} x mean logit of its neighbours + {context:.3f} x "
            f"mean logit of the picture + {bias:.3f}"
        )
        before, after = readings(outcomes, kind), readings(on_others, kind)
        print(
            f"  each patient calibrated on others: calibration error {calibration_error(*before):.3f} to "
            f"{calibration_error(*after):.3f}, area under the ROC curve {area_under_curve(*before):.3f} to "
            f"{area_under_curve(*after):.3f}"
        )
    for kind in (kind for kind in KINDS if kind not in calibrations):
        print(f"{kind}: not calibrated, for not both normal and abnormal ones are graded")
    print(f"Written: {options.output}")
    return EXIT_OK


def _fit_confidence(options: argparse.Namespace) -> int:
    from dataclasses import replace

    from .evaluation.confidence import answers_held_out, believed_on_others, fit_confidences, unseen_by
    from .evaluation.measures import calibration_error, judged_names, judged_numberings, judged_places
    from .model_file import load_model, load_reader, save_model

    network, description = load_model(options.model)
    answers = answers_held_out(options.held_out, options.leave_out, options.data)
    learned = answers.of(~unseen_by(description, answers))
    believed = believed_on_others(learned)
    save_model(
        network,
        replace(description, confidences=fit_confidences(learned)),
        options.output,
        load_reader(options.model),
    )
    pictures, patients = len(learned.evidence), len(set(learned.outcomes.patients))
    print(f"{pictures} answers on {patients} patients; each patient judged by what was learned on others:")
    for what, judged in (("numbering", judged_numberings), ("names", judged_names), ("places", judged_places)):
        said, truth = judged(believed)
        wrong = int((truth == 0).sum())
        print(f"  {what}: {wrong} of {len(truth)} wrong, calibration error {calibration_error(said, truth):.3f}")
    print(f"Written: {options.output}")
    return EXIT_OK


def _report(options: argparse.Namespace) -> int:
    from .report import write_report

    file = options.output or options.result.with_suffix(".html")
    write_report(options.result, file, options.image, options.patient_name)
    print(f"Written: {file}")
    return EXIT_OK


def _export(options: argparse.Namespace) -> int:
    from .export.files import export

    exit_code = EXIT_OK
    for outcome in export(options.results, options.format, options.output, options.dicom):
        if isinstance(outcome, CCFNetError):
            exit_code = _fail(outcome)
        elif isinstance(outcome, str):
            print(f"ccfnet: {outcome}", file=sys.stderr)
        else:
            print(f"Written: {outcome}")
    return exit_code


def _fail(error: CCFNetError | str) -> int:
    print(f"ccfnet: {error}", file=sys.stderr)
    return EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main())
