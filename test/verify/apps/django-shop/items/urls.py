from django.urls import path

from . import views

urlpatterns = [
    path("", views.Items.as_view()),
    path("new/", views.New.as_view()),
    path("<int:pk>/", views.about),
    path("export/", views.export),
]
