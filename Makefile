# make demo               read the drawn example study (STUDY=path: your own file or DICOM folder)
# make test               all tests
# make hard               read inputs as scanners and archives leave them, and print what came of each kind
# make fuzz TARGET=dicom SECONDS=300     feed a reader with changed files; without TARGET it lists what can be fuzzed
# make accuracy           measure the shipped weights and print the figures of the README
# make speed              time the panel and a cluster; on a machine that does nothing else
# make cohort             read 200 studies with ten kills, and print the memory that it takes
# make slicer SLICER=path/to/Slicer     the module's own tests in a real Slicer (without a display: xvfb-run make slicer ...)
# make screenshots        take the pictures of the README (VOLUME=path: those of your own volume, in demo/screenshots)
# make weights DATA=folder       all that ccfnet-lite0 comes from; DATA holds the data sets, each in a folder of its name
# make fold DATA=folder FOLD=K   the part that holds out one quarter of all patients, not calibrated
# make left-out DATA=folder SETS="NAME ..."     the part that leaves out whole data sets

PYTHON ?= python3
STUDY ?= demo/example-study
FOLD ?= 0
TARGET ?= --help
SECONDS ?= 300
CONFIGS := CCFNetCore/training/configs
ENVIRONMENT := .venv
BIN := $(ENVIRONMENT)/bin

.PHONY: demo test hard fuzz accuracy speed cohort slicer screenshots weights fold left-out clean

demo: $(ENVIRONMENT)/demo.installed
ifeq ($(STUDY),demo/example-study)
	$(BIN)/ccfnet phantom $(STUDY) --seed 7
endif
	PYTHONPATH=CCFNetSlicer $(BIN)/python -m CCFNetSlicerLib "$(STUDY)" --output demo

test: $(ENVIRONMENT)/test.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -m "not accuracy and not speed and not cohort and not hard"

hard: $(ENVIRONMENT)/test.installed
	$(BIN)/python -m pytest Testing/hard -s

fuzz: $(ENVIRONMENT)/test.installed
	$(BIN)/pip install --quiet "atheris>=3"
	cd Testing && ../$(BIN)/python -m fuzz $(TARGET) --seconds $(SECONDS)

accuracy: $(ENVIRONMENT)/test.installed
	$(BIN)/python -m pytest -m accuracy -s

speed: $(ENVIRONMENT)/test.installed
	$(BIN)/python -m pytest -m speed -s

cohort: $(ENVIRONMENT)/test.installed
	$(BIN)/python -m pytest -m cohort -s

# Slicer's own Python needs what the section Packages of the panel installs.
slicer:
	@test -n "$(SLICER)" || { echo "Say which Slicer: make slicer SLICER=path/to/Slicer"; exit 2; }
	"$(SLICER)" --testing --disable-settings --no-splash --additional-module-paths "$(CURDIR)/CCFNetSlicer" \
		--python-script "$(CURDIR)/Testing/slicer/run_self_tests.py"

screenshots: demo $(ENVIRONMENT)/test.installed
ifdef VOLUME
	mkdir -p demo/screenshots
	$(BIN)/python Testing/module/take_screenshots.py demo/screenshots "$(VOLUME)"
else
	cp demo/example-study.png Screenshots/demo.png
	$(BIN)/python Testing/module/take_screenshots.py Screenshots
endif

# The folders' names count: the config weights pictures by them.
MASKS := myosegmentum chu2015 zukic2014 ivd_menezes
GUESSED := $(DATA)/tianchi $(addprefix run/guessed/,spider sudirman $(MASKS))
REFINED := $(subst run/guessed/spider,run/refined/spider,$(GUESSED))
WITHOUT := run/without-$(firstword $(SETS))
SMALL := $(filter-out myosegmentum,$(MASKS))

weights: run/refined/spider
	for fold in 0 1 2 3; do $(MAKE) fold FOLD=$$fold || exit 1; done
	for set in tianchi spider sudirman myosegmentum; do $(MAKE) left-out SETS=$$set || exit 1; done
	$(MAKE) left-out SETS="$(SMALL)"
	$(BIN)/ccfnet calibrate run/fold-0/read.safetensors --data $(DATA)/tianchi \
		--held-out run/fold-1/read.safetensors run/fold-2/read.safetensors run/fold-3/read.safetensors \
		--output run/calibrated.safetensors
	$(BIN)/ccfnet fit-confidence run/calibrated.safetensors --data $(REFINED) --held-out run/fold-?/read.safetensors \
		--leave-out $(foreach set,spider sudirman myosegmentum chu2015,run/without-$(set)/read.safetensors) \
		--output run/ccfnet-lite0.safetensors

fold: run/refined/spider
	$(BIN)/ccfnet train $(CONFIGS)/ccfnet-lite0.json --fold $(FOLD) --data $(REFINED) --output run/fold-$(FOLD)
	$(BIN)/ccfnet fit-reader run/fold-$(FOLD)/model.safetensors --data $(REFINED) \
		--output run/fold-$(FOLD)/read.safetensors

# Nobody else has graded vertebrae: what has never seen Tianchi has no reader.
left-out: run/refined/spider
	$(BIN)/ccfnet train $(CONFIGS)/ccfnet-lite0.json --fold -1 \
		--data $(filter-out $(addprefix %/,$(SETS)),$(GUESSED)) --output $(WITHOUT)
ifneq ($(SETS),tianchi)
	$(BIN)/ccfnet fit-reader $(WITHOUT)/model.safetensors \
		--data $(filter-out $(addprefix %/,$(SETS)),$(REFINED)) --output $(WITHOUT)/read.safetensors
endif

run/refined/spider: $(ENVIRONMENT)/test.installed
	$(BIN)/ccfnet import spider-points $(DATA)/spider --output run/guessed/spider
	$(BIN)/ccfnet import sudirman $(DATA)/sudirman --output run/guessed/sudirman
	for set in $(MASKS); do $(BIN)/ccfnet import masks $(DATA)/$$set --output run/guessed/$$set || exit 1; done
	$(BIN)/ccfnet refine run/guessed/spider --model ccfnet-lite0 --output $@

$(ENVIRONMENT)/demo.installed: pyproject.toml | $(ENVIRONMENT)
	$(BIN)/pip install --quiet --editable ".[slicer]"
	touch $@

$(ENVIRONMENT)/test.installed: pyproject.toml | $(ENVIRONMENT)
	$(BIN)/pip install --quiet --editable ".[slicer,train,report,cohort,test]"
	touch $@

$(ENVIRONMENT):
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 10) and 'CCFNet needs Python 3.10 or later.')"
	$(PYTHON) -m venv $@

clean:
	rm -rf $(ENVIRONMENT) demo build *.egg-info
