# make demo               read the drawn example study (STUDY=path: your own file or DICOM folder)
# make test               all tests
# make hard               read inputs as scanners and archives leave them, and print what came of each kind
# make fuzz TARGET=dicom SECONDS=300     feed a reader with changed files; without TARGET it lists what can be fuzzed
# make accuracy           measure the shipped weights and print the figures of the README
# make speed              time the panel and a cluster; on a machine that does nothing else
# make cohort             read 200 studies with ten kills, and print the memory that it takes
# make slicer SLICER=path/to/Slicer     the module's own tests in a real Slicer (without a display: xvfb-run make slicer ...)
# make screenshots        take the pictures of the README (VOLUME=path: those of your own volume, in demo/screenshots)
# make weights TIANCHI=folder SPIDER=folder     all that ccfnet-lite0 comes from, four quarters held out; four hours
# make fold TIANCHI=folder SPIDER=folder FOLD=K     one of these quarters, not calibrated; an hour

PYTHON ?= python3
STUDY ?= demo/example-study
FOLD ?= 0
TARGET ?= --help
SECONDS ?= 300
RUN := run/fold-$(FOLD)
CONFIGS := CCFNetCore/training/configs
ENVIRONMENT := .venv
BIN := $(ENVIRONMENT)/bin

.PHONY: demo test hard fuzz accuracy speed cohort slicer screenshots weights fold clean

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

weights:
	for fold in 0 1 2 3; do $(MAKE) fold FOLD=$$fold || exit 1; done
	$(BIN)/ccfnet calibrate run/fold-0/read.safetensors --data $(TIANCHI) \
		--held-out run/fold-1/read.safetensors run/fold-2/read.safetensors run/fold-3/read.safetensors \
		--output run/ccfnet-lite0.safetensors

# The folders' names count: the configs weight pictures by them. ccfnet-r18 never saw the patients of fold 0, but others.
TEACHERS = --model $(RUN)/1/model.safetensors $(if $(filter 0,$(FOLD)),--model ccfnet-r18)

fold: $(ENVIRONMENT)/test.installed
	$(BIN)/ccfnet import spider-points $(SPIDER) --output $(RUN)/guessed/spider
	$(BIN)/ccfnet train $(CONFIGS)/ccfnet-lite0-1.json --fold $(FOLD) \
		--data $(TIANCHI) $(RUN)/guessed/spider --output $(RUN)/1
	$(BIN)/ccfnet refine $(RUN)/guessed/spider $(TEACHERS) --output $(RUN)/refined/spider
	$(BIN)/ccfnet train $(CONFIGS)/ccfnet-lite0-2.json --fold $(FOLD) --start-from $(RUN)/1/model.safetensors \
		--data $(TIANCHI) $(RUN)/refined/spider --output $(RUN)/2
	$(BIN)/ccfnet average $(RUN)/1/model.safetensors $(RUN)/2/model.safetensors --output $(RUN)/mean.safetensors
	$(BIN)/ccfnet fit-reader $(RUN)/mean.safetensors --data $(TIANCHI) $(RUN)/refined/spider \
		--output $(RUN)/read.safetensors

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
