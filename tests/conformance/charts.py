"""Runs the Python cells of a notebook. `spark.sql` asks the test for the rows, in lines of JSON: the engine is its own.

Arguments: the notebook, and a folder for its pictures. The last line says how many pictures each cell drew.
"""

import json
import os
import sys

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
import pandas  # noqa: E402

# what a cell prints is not part of the conversation
_out = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def say(value):
    _out.write(json.dumps(value) + "\n")
    _out.flush()


class Frame:
    def __init__(self, columns, rows):
        self.columns = columns
        self.rows = rows

    def toPandas(self):  # noqa: N802 - the name that Spark has
        return pandas.DataFrame(self.rows, columns=self.columns)


class Spark:
    def sql(self, text):
        say({"sql": text})
        answer = json.loads(sys.stdin.readline())
        return Frame(answer["columns"], answer["rows"])


notebook, folder = sys.argv[1:]
names = {"spark": Spark()}
drawn = []
with open(notebook, encoding="utf-8") as file:
    cells = json.load(file)["cells"]
for cell in cells:
    code = "".join(cell["source"])
    if cell["cell_type"] != "code" or code.startswith("%"):
        continue
    exec(compile(code, notebook, "exec"), names)  # noqa: S102 - the notebook is the project's own
    marks = 0
    for number in plt.get_fignums():
        figure = plt.figure(number)
        marks += sum(len(axes.patches) + len(axes.images) for axes in figure.axes)
        figure.savefig(os.path.join(folder, f"{os.path.basename(notebook)}-{len(drawn)}-{number}.png"))
    plt.close("all")
    drawn.append(marks)
say({"drawn": drawn})
